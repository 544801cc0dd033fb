//go:build unix

package http_test

import (
	"bytes"
	"io"
	"net"
	nethttp "net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"sockhttp/http"
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

		f := newFileWorld(t, false, nil)
		if err := syscall.Mkfifo(filepath.Join(f.dir, "pipe"), 0o666); err != nil {
			t.Fatal(err)
		}
		if r, _ := f.fetch(t, "/pipe"); r.StatusCode != 404 {
			t.Errorf("a pipe: %s", r.Status)
		}
		if _, page := f.fetch(t, "/"); !strings.Contains(page, "The folder is empty.") {
			t.Errorf("a pipe is listed:\n%s", page)
		}
	}
}

// Without a descriptor for the file, the client is told to come again.
func TestNoDescriptorForTheFile(t *testing.T) {
	for _, w := range []*world{newWorld(t, false), newFileWorld(t, false, map[string]string{"hello.txt": content})} {
		testNoDescriptor(t, w)
	}
}

func testNoDescriptor(t *testing.T, w *world) {
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

// A file that the server may not read is not passed off as missing.
func TestFileNotReadable(t *testing.T) {
	if syscall.Geteuid() == 0 {
		t.Skip("root may read every file")
	}
	w := newFileWorld(t, false, map[string]string{"hello.txt": content})
	if err := syscall.Chmod(filepath.Join(w.dir, "hello.txt"), 0); err != nil {
		t.Fatal(err)
	}
	if r, body := w.fetch(t, "/hello.txt"); r.StatusCode != 403 || !strings.Contains(body, "check the file's permissions") {
		t.Errorf("%s, %q", r.Status, body)
	}
}

// Without a descriptor for index.html, a folder is not listed in its place.
func TestNoDescriptorForTheIndex(t *testing.T) {
	w := newFileWorld(t, false, map[string]string{"index.html": "the index", "secret-name": ""})
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	// One is left for the folder.
	last, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	one := limit
	for one.Cur = 0; uint64(one.Cur) <= uint64(last.Fd()); one.Cur++ { // its type is not the same everywhere
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &one); err != nil {
		t.Fatal(err)
	}
	last.Close()
	r, body := w.fetch(t, "/")
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if r.StatusCode != 503 || strings.Contains(body, "secret-name") {
		t.Errorf("%s, %q", r.Status, body)
	}
	if _, body := w.fetch(t, "/"); body != "the index" {
		t.Errorf("with descriptors again: %q", body)
	}
}

// What a file of /proc holds, its size does not tell.
func TestFileWithoutSize(t *testing.T) {
	const name = "/proc/kallsyms"
	want, err := os.ReadFile(name)
	if err != nil || len(want) < 20_000 {
		t.Skip("there is no such file here")
	}
	w := newHandlerWorld(t, nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if n, err := io.CopyN(w, f, -1); n != 0 || err != nil && err != io.EOF {
			t.Errorf("copying less than nothing: %d, %v", n, err)
		}
		if n, err := io.Copy(w, f); n != int64(len(want)) || err != nil {
			t.Errorf("copied %d, %v; want %d", n, err, len(want))
		}
	}), &http.RoutineOptions{MaxReply: 64 << 20})
	if _, body := w.fetch(t, "/"); !bytes.Equal([]byte(body), want) {
		t.Errorf("%d bytes came, want %d", len(body), len(want))
	}
}
