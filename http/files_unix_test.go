//go:build unix

package http_test

import (
	"net"
	"os"
	"path/filepath"
	"runtime/debug"
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

// What is not sent is closed at once, not when the garbage collector finds it, and
// the client learns what is wrong with it.
func TestFilesThatAreNotSentAreClosed(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	for _, posted := range []bool{true, false} {
		w := newWorld(t, posted)
		if err := os.Mkdir(filepath.Join(w.dir, "folder"), 0o777); err != nil {
			t.Fatal(err)
		}
		writeFile(t, filepath.Join(w.dir, "empty"), "")
		lowest := func() uintptr { // descriptor that is free
			file, err := os.Open(w.dir)
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			return file.Fd()
		}
		before := lowest()
		for name, want := range map[string]string{
			"/folder": "this is a folder, not a file; start sockserverhttp with -files to list folders",
			"/empty":  "the file is empty, and this server sends no empty files",
		} {
			for range 3 {
				wantNotFound(t, w, name)
			}
			if c := w.ask(t, request(name)); !posted && !strings.Contains(string(c.Received), want) {
				t.Errorf("GET %s: %q, want %q in it", name, c.Received, want)
			}
		}
		if after := lowest(); after > before {
			t.Errorf("posted %t: the lowest free descriptor was %d and is %d", posted, before, after)
		}
	}
}
