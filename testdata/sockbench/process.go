package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"time"
)

// A process is a server that runs.
type process struct {
	*exec.Cmd
	name    string
	address string
	scratch string // its directory, which goes with it
}

// startTimeout is how long a server may take until it listens.
const startTimeout = 10 * time.Second

// start runs s on one processor, and waits until it listens. What s prints goes
// to a file, beside dir as all that s keeps.
func start(s server, dir string) (*process, error) {
	scratch, err := os.MkdirTemp(filepath.Dir(dir), "server")
	if err != nil {
		return nil, err
	}
	p := &process{name: s.name, scratch: scratch}
	if p.address, err = freeAddress(); err != nil {
		return nil, err
	}
	if p.Cmd, err = s.command(p.address, dir, scratch); err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(scratch, "log"))
	if err != nil {
		return nil, err
	}
	defer log.Close() // the server has its own descriptor of it
	p.Stdout, p.Stderr = log, log
	p.Env = append(append(os.Environ(), "GOMAXPROCS=1"), p.Env...)
	if pinned {
		p.Path, p.Args = taskset, append([]string{taskset, "-c", "0", p.Path}, p.Args[1:]...)
	}
	if err := p.Start(); err != nil {
		return nil, err
	}
	for begun := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		c, err := net.Dial("tcp", p.address)
		if err == nil {
			c.Close()
			return p, nil
		}
		if time.Since(begun) > startTimeout {
			printed, _ := os.ReadFile(log.Name())
			p.stop()
			return nil, fmt.Errorf("%s did not listen within %v: %w\n%s", s.name, startTimeout, err, printed)
		}
	}
}

// stop ends the process, and removes what it kept.
func (p *process) stop() error {
	p.Process.Kill()
	p.Wait()
	return os.RemoveAll(p.scratch)
}

// startAll starts the servers. Stop ends them.
func (b *bench) startAll(servers []server) (processes []*process, stop func(), err error) {
	stop = func() {
		for _, p := range processes {
			p.stop()
		}
	}
	for _, s := range servers {
		p, err := start(s, b.dir)
		if err != nil {
			stop()
			return nil, nil, err
		}
		processes = append(processes, p)
	}
	return processes, stop, nil
}

// freeAddress is a loopback address with a port that nothing listens on.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

var (
	taskset string // the program that binds others to processors
	pinned  bool   // servers are bound to the first processor, this program to the second
)

// pin binds this program to the second processor, where the system can.
func pin() {
	runtime.GOMAXPROCS(1)
	var err error
	if taskset, err = exec.LookPath("taskset"); err != nil || runtime.NumCPU() < 2 {
		return
	}
	pinned = exec.Command(taskset, "-a", "-c", "-p", "1", strconv.Itoa(os.Getpid())).Run() == nil
}
