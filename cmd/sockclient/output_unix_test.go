//go:build unix

package main

import (
	"io"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"sockhttp/cmd/internal/commandtest"
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

// The names of standard output that are links to pipes are no links to files.
func TestGetToDevStdout(t *testing.T) {
	if _, err := os.Stat("/dev/stdout"); err != nil {
		t.Skip(err)
	}
	p := start(t, "sockserverhttp", "-dir", filepath.Dir(galaxy))
	c := commandtest.Program("-get", "http://localhost:"+p.Port+"/galaxy.jpg", "-o", "/dev/stdout")
	if got, err := c.Output(); err != nil || len(got) < 1000 {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

// A signal that ends the client ends the file that it writes.
func TestASignalLeavesNoFile(t *testing.T) {
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		if signal.Ignored(s) {
			continue // this test was started to outlive its terminal, and so is what it starts
		}
		dir := t.TempDir()
		c := commandtest.Program("-get", "http://"+l.Addr().String()+"/x", "-o", filepath.Join(dir, "out"))
		var stderr strings.Builder
		c.Stderr = &stderr
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		server, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer server.Close()
		if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
			t.Errorf("%v: while it fetches, there are %v, %v", s, files, err)
		}
		c.Process.Signal(s)
		c.Wait()
		if files, err := os.ReadDir(dir); err != nil || len(files) > 0 {
			t.Errorf("%v: left are %v, %v", s, files, err)
		}
		if want := "/x: interrupted\n"; c.ProcessState.ExitCode() != 1 || !strings.HasSuffix(stderr.String(), want) {
			t.Errorf("%v: %v and %q", s, c.ProcessState, &stderr)
		}
	}
}

// A program that was started to outlive its terminal does.
func TestNohup(t *testing.T) {
	signal.Ignore(syscall.SIGHUP)
	defer signal.Reset(syscall.SIGHUP)
	p := start(t, "sockserverhttp", "-dir", filepath.Dir(galaxy))
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	out := filepath.Join(t.TempDir(), "out")
	c := commandtest.Program("-get", "http://"+l.Addr().String()+"/galaxy.jpg", "-o", out)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	here, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	c.Process.Signal(syscall.SIGHUP)
	there := p.Dial(t, "")
	go io.Copy(there, here)
	io.Copy(here, there)
	here.Close()
	if err := c.Wait(); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(out); err != nil || info.Size() < 1000 {
		t.Errorf("%v, %v", info, err)
	}
}

// A new file has the mode that others of the user's have.
func TestGetMode(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0o027))
	name := filepath.Join(t.TempDir(), "file")
	o, err := newOutput(name, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.create(); err != nil {
		t.Fatal(err)
	}
	if err := o.keep(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(name); err != nil || info.Mode() != 0o640 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}
