package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// printOthers measures requests to each file server that is there, and prints it.
func (b *bench) printOthers(stdout io.Writer) error {
	pin()
	servers, notes := b.otherServers()
	return b.printServers(stdout, b.fetched, append([]server{sockhttp("sockhttp", b.program), netHTTP}, servers...), notes)
}

// fetched measures what clients fetch.
func (b *bench) fetched(servers []server) ([]figure, error) {
	return b.measure(servers, b.newConnections, b.keptConnections, b.evenly)
}

// otherServers are those that are there, with a note for each that is not.
func (b *bench) otherServers() (servers []server, notes []string) {
	servers, notes = installed(nginx, lighttpd, darkhttpd)
	program := filepath.Join(filepath.Dir(b.dir), "fasthttp.exe")
	b.report("building fasthttp's file server")
	build := exec.Command("go", "build", "-o", program, ".")
	build.Dir = filepath.Join("testdata", "fasthttp") // a module of its own
	if out, err := build.CombinedOutput(); err != nil {
		return servers, append(notes, fmt.Sprintf("fasthttp cannot be built, so its column is missing: %v: %s.", err, strings.TrimSpace(string(out))))
	}
	return append(servers, server{"fasthttp", func(address, dir, scratch string) (*exec.Cmd, error) {
		return exec.Command(program, address, dir), nil
	}}), notes
}

// installed are those of the servers that are installed, with a note for each other.
func installed(all ...server) (servers []server, notes []string) {
	for _, s := range all {
		if _, err := exec.LookPath(s.name); err == nil {
			servers = append(servers, s)
		} else {
			notes = append(notes, s.name+" is not installed, so its column is missing.")
		}
	}
	return servers, notes
}

// lighttpd has one thread, and keeps no log.
var lighttpd = server{"lighttpd", func(address, dir, scratch string) (*exec.Cmd, error) {
	host, port, _ := strings.Cut(address, ":")
	config := fmt.Sprintf(`server.document-root = %q
server.bind = %q
server.port = %s
server.max-keep-alive-requests = 1000000000
server.max-connections = 16384
server.max-fds = 16384
mimetype.assign = (".jpg" => "image/jpeg")
`, dir, host, port)
	name := filepath.Join(scratch, "lighttpd.conf")
	if err := os.WriteFile(name, []byte(config), 0o666); err != nil {
		return nil, err
	}
	return exec.Command("lighttpd", "-D", "-f", name), nil
}}

// darkhttpd has one thread. Its log goes nowhere.
var darkhttpd = server{"darkhttpd", func(address, dir, scratch string) (*exec.Cmd, error) {
	host, port, _ := strings.Cut(address, ":")
	return exec.Command("darkhttpd", dir, "--addr", host, "--port", port, "--log", os.DevNull), nil
}}
