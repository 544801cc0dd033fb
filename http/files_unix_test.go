//go:build unix

package http_test

import (
	"net"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Opening a pipe waits for its other end, unless asked not to; this test would
// not end. Nor is a socket a file to send.
func TestOnlyRegularFiles(t *testing.T) {
	for _, posted := range []bool{true, false} {
		w := newWorld(t, posted)
		if err := syscall.Mkfifo(filepath.Join(w.dir, "pipe"), 0o666); err != nil {
			t.Fatal(err)
		}
		t.Chdir(w.dir) // a socket's name must be short
		socket, err := net.Listen("unix", "socket")
		if err != nil {
			t.Fatal(err)
		}
		defer socket.Close()
		wantNotFound(t, w, "/pipe")
		wantNotFound(t, w, "/socket")
	}
}

// Without a descriptor for the file, the client is told to come again.
func TestNoDescriptorForTheFile(t *testing.T) {
	w := newWorld(t, false)
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	none := limit
	none.Cur = 0
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &none); err != nil {
		t.Fatal(err)
	}
	once := strings.Replace(get, "\r\n\r\n", "\r\nConnection: close\r\n\r\n", 1)
	c := w.ask(t, once)
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if r, body := parseReply(t, c.Received); r.StatusCode != 503 || !strings.Contains(body, "try again later") {
		t.Errorf("without descriptors: %q", c.Received)
	}
	if r, body := parseReply(t, w.ask(t, once).Received); r.StatusCode != 200 || body != content {
		t.Errorf("with descriptors again: %s, %q", r.Status, body)
	}
}
