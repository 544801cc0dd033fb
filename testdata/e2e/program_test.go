// Package e2e has a real browser, real proxies and other people's handlers meet
// the running program. It is a module of its own because that takes more
// packages than serving does.
package e2e

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

const root = "../.." // of the program's module

// program and arrays are sockserverhttp and sockserver, built by TestMain.
var program, arrays string

func TestMain(m *testing.M) { os.Exit(buildAndRun(m)) }

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "e2e")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	for path, name := range map[*string]string{&program: "sockserverhttp", &arrays: "sockserver"} {
		*path = filepath.Join(dir, name+".exe")
		build := exec.Command("go", "build", "-o", *path, "./cmd/"+name)
		build.Dir = root
		if out, err := build.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "building %s: %v\n%s", name, err, out)
			return 1
		}
	}
	return m.Run()
}

// A served folder, or an array, is the program that serves it.
type served struct {
	*exec.Cmd
	port  string
	url   string       // of a folder
	use   string       // the line that says how to use it
	log   bytes.Buffer // its stderr, whole when it has ended
	ended chan error
	done  bool
}

// serve serves a folder on a free port.
func serve(t *testing.T, dir string, args ...string) *served {
	t.Helper()
	return start(t, exec.Command(program, append(args, "-dir", dir, "0")...))
}

// start runs a server. When the test ends, so must the server, without complaint.
func start(t *testing.T, server *exec.Cmd) *served {
	t.Helper()
	p := &served{Cmd: server, ended: make(chan error)}
	pipe, err := p.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	stderr := bufio.NewReader(io.TeeReader(pipe, &p.log))
	t.Cleanup(func() { p.end(t) })
	line, _ := stderr.ReadString('\n')
	p.use, _ = stderr.ReadString('\n')
	_, port, ok := strings.Cut(line, ": Server listening on port ")
	p.port = strings.TrimSpace(port)
	p.url = "http://localhost:" + p.port
	go func() {
		io.Copy(io.Discard, stderr)
		p.ended <- p.Wait()
	}()
	if _, err := strconv.Atoi(p.port); err != nil || !ok {
		t.Fatalf("the program's first line is %q", line)
	}
	return p
}

// end ends the program, if it has not been ended.
func (p *served) end(t *testing.T) {
	if p.done {
		return
	}
	p.done = true
	if runtime.GOOS == "windows" {
		p.Process.Kill()
		<-p.ended
		return
	}
	p.Process.Signal(os.Interrupt)
	if err := <-p.ended; err != nil {
		t.Errorf("the program ended with %v; it said\n%s", err, &p.log)
	}
}
