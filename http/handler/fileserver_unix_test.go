//go:build unix

package handler_test

import (
	"bytes"
	"io"
	nethttp "net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"sockhttp/http/handler"
)

// Opening a pipe waits for its other end, unless asked not to; this test would
// not end.
func TestPipesAreNoFiles(t *testing.T) {
	w := newFileWorld(t, false, nil)
	if err := syscall.Mkfifo(filepath.Join(w.dir, "pipe"), 0o666); err != nil {
		t.Fatal(err)
	}
	if r, _ := w.fetch(t, "/pipe"); r.StatusCode != 404 {
		t.Errorf("a pipe: %s", r.Status)
	}
	if _, page := w.fetch(t, "/"); !strings.Contains(page, "The folder is empty.") {
		t.Errorf("a pipe is listed:\n%s", page)
	}
}

// withDescriptors calls f while this process can open no descriptor above last.
func withDescriptors(t *testing.T, last int, f func()) {
	t.Helper()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	few := limit
	for few.Cur = 0; int(few.Cur) <= last; few.Cur++ { // its type is not the same everywhere
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &few); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
			t.Fatal(err)
		}
	}()
	f()
}

// Without a descriptor for the file, the client is told to come again.
func TestNoDescriptorForTheFile(t *testing.T) {
	w := newFileWorld(t, false, map[string]string{"hello.txt": content})
	withDescriptors(t, -1, func() {
		if r, body := w.fetch(t, "/hello.txt"); r.StatusCode != 503 || !strings.Contains(body, "try again later") {
			t.Errorf("without descriptors: %s, %q", r.Status, body)
		}
	})
	if r, body := w.fetch(t, "/hello.txt"); r.StatusCode != 200 || body != content {
		t.Errorf("with descriptors again: %s, %q", r.Status, body)
	}
}

// Without a second descriptor for a file that a handler copies, the client is told
// to come again.
func TestNoDescriptorForTheCopy(t *testing.T) {
	name := filepath.Join(t.TempDir(), "large.txt")
	writeFile(t, name, strings.Repeat("x", 100_000))
	w := newHandlerWorld(t, nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		f, err := os.Open(name)
		if err != nil {
			t.Error(err)
			return
		}
		defer f.Close()
		withDescriptors(t, -1, func() {
			if _, err := io.Copy(w, f); err == nil {
				t.Error("copying a file without descriptors: no error")
			}
		})
	}), nil)
	if r, body := w.fetch(t, "/"); r.StatusCode != 503 || !strings.Contains(body, "try again later") {
		t.Errorf("without descriptors: %s, %.100q", r.Status, body)
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
	spare, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	last := int(spare.Fd())
	spare.Close() // it is for the folder
	withDescriptors(t, last, func() {
		if r, body := w.fetch(t, "/"); r.StatusCode != 503 || strings.Contains(body, "secret-name") {
			t.Errorf("%s, %q", r.Status, body)
		}
	})
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
	}), &handler.Options{MaxReply: 64 << 20})
	if _, body := w.fetch(t, "/"); !bytes.Equal([]byte(body), want) {
		t.Errorf("%d bytes came, want %d", len(body), len(want))
	}
}

// A file of /proc cannot seek to its end. It is as empty as for net/http's file
// server, and no error.
func TestFileThatCannotSeek(t *testing.T) {
	root, err := os.OpenRoot("/proc/self")
	if err != nil {
		t.Skip("there is no /proc here")
	}
	defer root.Close()
	w := newHandlerWorld(t, handler.FileServer(root, false), nil)
	if r, body := w.fetch(t, "/status"); r.StatusCode != 200 || body != "" {
		t.Errorf("%s, %q", r.Status, body)
	}
}
