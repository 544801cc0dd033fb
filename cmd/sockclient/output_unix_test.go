//go:build unix

package main

import (
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// A pipe is written to, and stays one; so would a device.
func TestGetIntoPipe(t *testing.T) {
	name := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(name, 0o666); err != nil {
		t.Fatal(err)
	}
	read := make(chan int64)
	go func() {
		f, err := os.Open(name)
		if err != nil {
			t.Error(err)
		}
		n, _ := io.Copy(io.Discard, f)
		f.Close()
		read <- n
	}()
	p := start(t, "sockserverhttp", "-dir", filepath.Dir(galaxy))
	status, _, stderr := client("-get", "http://localhost:"+p.Port+"/galaxy.jpg", "-o", name)
	want, err := os.Stat(galaxy)
	if err != nil {
		t.Fatal(err)
	}
	if n := <-read; status != 0 || n != want.Size() {
		t.Errorf("status %d, %q, %d bytes", status, stderr, n)
	}
	if info, err := os.Lstat(name); err != nil || info.Mode()&os.ModeNamedPipe == 0 {
		t.Errorf("the pipe is %v, %v", info, err)
	}
}

// A new file has the mode that others of the user's have.
func TestGetMode(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0o027))
	name := filepath.Join(t.TempDir(), "file")
	o, err := newOutput(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.keep(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(name); err != nil || info.Mode() != 0o640 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}
