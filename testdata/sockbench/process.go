package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	nethttp "net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"time"
)

// A server is a program that can be measured.
type server struct {
	name string

	// command is the program, to serve the folder dir at address, a loopback
	// one. It may keep files in scratch.
	command func(address, dir, scratch string) (*exec.Cmd, error)
}

// sockhttp is this repository's server, built as binary. Its log goes to
// a file.
func sockhttp(name, binary string, flags ...string) server {
	return server{name, func(address, dir, scratch string) (*exec.Cmd, error) {
		host, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		log, err := os.Create(filepath.Join(scratch, "log"))
		if err != nil {
			return nil, err
		}
		c := exec.Command(binary, append(append([]string{"-host", host, "-dir", dir}, flags...), port)...)
		c.Stdout, c.Stderr = log, log
		return c, nil
	}}
}

// peer in the environment makes this program net/http's file server.
const peer = "SOCKBENCH_PEER"

var netHTTP = server{"net/http", func(address, dir, _ string) (*exec.Cmd, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	c := exec.Command(program, dir)
	c.Env = append(os.Environ(), peer+"="+address)
	c.Stderr = os.Stderr
	return c, nil
}}

// servePeer is the peer's program. It keeps no log.
func servePeer(address, dir string) error {
	return nethttp.ListenAndServe(address, nethttp.FileServer(nethttp.Dir(dir)))
}

var nginx = server{"nginx", func(address, dir, scratch string) (*exec.Cmd, error) {
	config := fmt.Sprintf(`daemon off;
master_process off;
worker_processes 1;
error_log stderr crit;
pid %[3]s/pid;
events { worker_connections 16384; }
http {
	access_log off;
	sendfile on;
	keepalive_requests 1000000000;
	types { image/jpeg jpg; }
	client_body_temp_path %[3]s;
	proxy_temp_path %[3]s;
	fastcgi_temp_path %[3]s;
	uwsgi_temp_path %[3]s;
	scgi_temp_path %[3]s;
	server { listen %[1]s; root %[2]s; }
}
`, address, dir, scratch)
	name := filepath.Join(scratch, "nginx.conf")
	if err := os.WriteFile(name, []byte(config), 0o666); err != nil {
		return nil, err
	}
	return exec.Command("nginx", "-p", scratch, "-e", "stderr", "-c", name), nil
}}

// A process is a server that runs.
type process struct {
	*exec.Cmd
	name    string
	address string
	scratch string
}

// start runs s with one processor, and waits until it listens. What it keeps is
// beside dir.
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
	if p.Env == nil {
		p.Env = os.Environ()
	}
	p.Env = append(p.Env, "GOMAXPROCS=1")
	if pinned {
		p.Path, p.Args = taskset, append([]string{taskset, "-c", "0", p.Path}, p.Args[1:]...)
	}
	if err := p.Cmd.Start(); err != nil {
		return nil, err
	}
	for begun := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		c, err := net.Dial("tcp", p.address)
		if err == nil {
			c.Close()
			return p, nil
		}
		if time.Since(begun) > 10*time.Second {
			p.stop()
			return nil, fmt.Errorf("%s does not listen: %w", s.name, err)
		}
	}
}

func (p *process) stop() {
	p.Process.Kill()
	p.Wait()
	os.RemoveAll(p.scratch)
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
	taskset string // the program that ties others to processors
	pinned  bool   // servers are tied to the first, this program to the second
)

// pin ties this program to the second processor, where the system can.
func pin() {
	runtime.GOMAXPROCS(1)
	var err error
	if taskset, err = exec.LookPath("taskset"); err != nil || runtime.NumCPU() < 2 {
		return
	}
	pinned = exec.Command(taskset, "-a", "-c", "-p", "1", strconv.Itoa(os.Getpid())).Run() == nil
}

// A usage is what a process has used.
type usage struct {
	processor      time.Duration
	resident, peak int64 // bytes of memory
}

var errNoUsage = errors.New("what a process uses is read from /proc, which this system does not have")

// usage is what p has used, on Linux.
func (p *process) usage() (u usage, err error) {
	proc := fmt.Sprintf("/proc/%d/", p.Process.Pid)
	// Of each thread, the time that it had a processor, in nanoseconds,
	// comes first.
	threads, _ := filepath.Glob(proc + "task/*/schedstat")
	if len(threads) == 0 {
		return u, errNoUsage
	}
	for _, thread := range threads {
		stat, err := os.ReadFile(thread)
		if err != nil {
			continue // it has ended
		}
		var ns int64
		if _, err := fmt.Sscan(string(stat), &ns); err != nil {
			return u, err
		}
		u.processor += time.Duration(ns)
	}
	status, err := os.ReadFile(proc + "status")
	if err != nil {
		return u, err
	}
	for line := range bytes.Lines(status) {
		fields := bytes.Fields(line)
		if len(fields) < 3 {
			continue
		}
		kilobytes, _ := strconv.ParseInt(string(fields[1]), 10, 64)
		switch string(fields[0]) {
		case "VmRSS:":
			u.resident = kilobytes << 10
		case "VmHWM:":
			u.peak = kilobytes << 10
		}
	}
	return u, nil
}
