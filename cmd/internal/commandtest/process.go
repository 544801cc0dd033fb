// Package commandtest runs a command as a process, for the command's tests.
package commandtest

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"os"
	"os/exec"
	"regexp"
	"testing"
)

// asProgram, set in the environment, makes a test binary behave as its program.
const asProgram = "SOCKHTTP_TEST_IS_THE_PROGRAM"

// cover may name a directory in the environment. With go test -cover, each program
// that ends by itself says there what of it has run, for go tool covdata.
const cover = "SOCKHTTP_TEST_COVER"

// Main is for TestMain of a program, whose main is main.
func Main(m *testing.M, main func()) {
	BeProgram(main)
	os.Exit(m.Run())
}

// BeProgram calls main if this process was started by [Program].
func BeProgram(main func()) {
	if os.Getenv(asProgram) != "" {
		main()
	}
}

// Program is the program that is tested, with args.
func Program(args ...string) *exec.Cmd {
	c := exec.Command(os.Args[0], args...)
	c.Env = append(os.Environ(), asProgram+"=1", "GORACE=atexit_sleep_ms=0", "GOCOVERDIR="+os.Getenv(cover))
	return c
}

// A Process is a server, running.
type Process struct {
	*exec.Cmd
	Port            string
	Printed, Logged bytes.Buffer // its stdout and stderr, complete when it has ended; without what tells that this machine was busy

	read chan struct{} // closed when stderr is at its end
}

// Busy matches the line that a server logs when the system gives it no processor
// for a while.
var Busy = regexp.MustCompile(`^sock: \w+ of unit \d+ took .*, and all other clients waited for it\r?\n$`)

var listening = regexp.MustCompile(`^[A-Z]+: Server listening on port (\d+)\r?\n$`)

// Start starts a server, and waits until it listens. It ends with the test.
func Start(t *testing.T, c *exec.Cmd) *Process {
	t.Helper()
	p := &Process{Cmd: c, read: make(chan struct{})}
	p.Stdout = &p.Printed
	pipe, err := p.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.SysProcAttr = toBeSignalled
	if err := p.Cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Process.Kill() })
	r := bufio.NewReader(pipe)
	line, _ := r.ReadString('\n')
	p.Logged.WriteString(line)
	match := listening.FindStringSubmatch(line)
	if match == nil {
		t.Fatalf("the first line is %q", line)
	}
	p.Port = match[1]
	go func() {
		defer close(p.read)
		for err := error(nil); err == nil; {
			var line []byte
			if line, err = r.ReadBytes('\n'); !Busy.Match(line) {
				p.Logged.Write(line)
			}
		}
	}()
	return p
}

// Signal sends the program a signal, as a terminal or an operator does; on Windows
// Ctrl+C, whatever the signal.
func (p *Process) Signal(t *testing.T, s os.Signal) {
	t.Helper()
	if err := p.signal(s); err != nil {
		t.Fatal(err)
	}
}

// End waits for the program's end and returns its exit status, -1 if a signal
// ended it.
func (p *Process) End() int {
	<-p.read
	p.Wait()
	return p.ProcessState.ExitCode()
}

// Dial connects, and sends a request.
func (p *Process) Dial(t *testing.T, request string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", "localhost:"+p.Port)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if _, err := io.WriteString(c, request); err != nil {
		t.Fatal(err)
	}
	return c
}

// Ask sends a request on a connection of its own, and returns all that comes.
func (p *Process) Ask(t *testing.T, request string) string {
	t.Helper()
	c := p.Dial(t, request)
	reply, err := io.ReadAll(c)
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	return string(reply)
}
