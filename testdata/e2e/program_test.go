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

// program is sockserverhttp, built by TestMain.
var program string

func TestMain(m *testing.M) { os.Exit(buildAndRun(m)) }

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "e2e")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "sockserverhttp.exe")
	build := exec.Command("go", "build", "-o", program, "./cmd/sockserverhttp")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the program: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// A served folder is the program that serves it.
type served struct {
	*exec.Cmd
	port  string
	url   string
	use   string       // the line that says how to use it
	log   bytes.Buffer // its stderr, whole when it has ended
	ended chan error
	done  bool
}

// serve runs the program on a free port. When the test ends, so must the
// program, without complaint.
func serve(t *testing.T, dir string, args ...string) *served {
	t.Helper()
	p := &served{Cmd: exec.Command(program, append(args, "-dir", dir, "0")...), ended: make(chan error)}
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
	port, ok := strings.CutPrefix(line, "SOCKSERVERHTTP: Server listening on port ")
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
