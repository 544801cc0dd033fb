package main

import (
	"fmt"
	"net"
	nethttp "net/http"
	"os"
	"os/exec"
	"path/filepath"
)

// A server is a program that can be measured.
type server struct {
	name string

	// command is the program, which is to serve the directory dir at address,
	// a loopback host and port. It may keep files in the directory scratch.
	// Its Env is what it needs beside this program's.
	command func(address, dir, scratch string) (*exec.Cmd, error)
}

// sockhttp is this repository's server, in the file program.
func sockhttp(name, program string, flags ...string) server {
	return server{name, func(address, dir, scratch string) (*exec.Cmd, error) {
		host, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		args := append([]string{"-host", host, "-dir", dir}, flags...)
		return exec.Command(program, append(args, port)...), nil
	}}
}

// netHTTPAddress is the environment variable that makes this program net/http's
// file server, at that address.
const netHTTPAddress = "SOCKBENCH_NETHTTP_ADDRESS"

// netHTTP is the standard library's file server. It keeps no log.
var netHTTP = server{"net/http", func(address, dir, scratch string) (*exec.Cmd, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	c := exec.Command(program, dir)
	c.Env = []string{netHTTPAddress + "=" + address}
	return c, nil
}}

// serveNetHTTP is netHTTP's program.
func serveNetHTTP(address, dir string) error {
	return nethttp.ListenAndServe(address, nethttp.FileServer(nethttp.Dir(dir)))
}

// nginx has one worker, as sockhttp has one thread, and keeps no log.
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
	server { listen %[1]s; root %[2]s; autoindex on; }
}
`, address, dir, scratch)
	name := filepath.Join(scratch, "nginx.conf")
	if err := os.WriteFile(name, []byte(config), 0o666); err != nil {
		return nil, err
	}
	return exec.Command("nginx", "-p", scratch, "-e", "stderr", "-c", name), nil
}}
