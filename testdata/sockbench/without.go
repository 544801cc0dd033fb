package main

import (
	"context"
	"io"
	"log"
	"os"
	"os/exec"
	"time"

	"sockhttp/http"
	"sockhttp/sock"
	"sockhttp/sock/tcp"
	"sockhttp/timer"

	"github.com/benbjohnson/clock"
)

// without is the environment variable that makes this program our server, without
// one of these.
const without = "SOCKBENCH_WITHOUT"

// What a server can do without, at the cost of speed.
const (
	nothing   = "nothing"
	eagerPace = "eager"    // callbacks are called again after 0.1 s, as posted
	batch     = "batch"    // ListenerCallback accepts one client a call
	list      = "list"     // one poll asks for one client, and never for all who are awake
	sendfile  = "sendfile" // a file is read, and written
	more      = "more"     // what is sent does not wait for what follows at once
)

// lacking is our server without something.
func lacking(what string) server {
	name := "all of it"
	if what != nothing {
		name = "without " + what
	}
	return server{name, func(address, dir, scratch string) (*exec.Cmd, error) {
		program, err := os.Executable()
		if err != nil {
			return nil, err
		}
		c := exec.Command(program, address, dir)
		c.Env = []string{without + "=" + what}
		return c, nil
	}}
}

// serveWithout is the program of lacking. It keeps no log.
func serveWithout(what, address, dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	listener, err := tcp.Listen(address)
	if err != nil {
		return err
	}
	switch what {
	case sendfile:
		listener = &wrapping{listener, listener.(sock.ListPoller), func(c sock.Conn) wrapper { return copying{plain{c}} }}
	case more:
		listener = &wrapping{listener, listener.(sock.ListPoller), func(c sock.Conn) wrapper { return plain{c} }}
	case list:
		listener = struct{ sock.Listener }{listener}
	}
	queue := timer.NewQueue(clock.New())
	server := sock.NewServer(queue, listener, http.NewDirectory(root).SockHTTP)
	server.Log = log.New(io.Discard, "", 0)
	switch what {
	case eagerPace:
		server.Pace.Eager = false
	case batch:
		server.Pace.Batch = 1
	}
	server.Start()
	queue.Run(context.Background())
	return nil
}

// wrapping is a listener whose connections are wrapped.
type wrapping struct {
	sock.Listener
	sock.ListPoller
	wrap func(sock.Conn) wrapper
}

func (l *wrapping) Accept(wait time.Duration) (sock.Conn, error) {
	conn, err := l.Listener.Accept(wait)
	if err != nil {
		return nil, err
	}
	return l.wrap(conn), nil
}

// PollList asks for the connections themselves.
func (l *wrapping) PollList(list []sock.Asked, wait time.Duration) (waiting bool) {
	for i := range list {
		list[i].Conn = list[i].Conn.(wrapper).unwrap()
	}
	return l.ListPoller.PollList(list, wait)
}

// A wrapper is a connection that has another.
type wrapper interface {
	sock.Conn
	unwrap() sock.Conn
}

// plain is a connection that cannot be told that more follows.
type plain struct{ sock.Conn }

func (c plain) unwrap() sock.Conn { return c.Conn }

// copying is a connection that is sent files by way of memory.
type copying struct{ plain }

// WriteMore is the connection's own, if it has one.
func (c copying) WriteMore(p []byte) (int, error) {
	if m, ok := c.Conn.(interface {
		WriteMore(p []byte) (int, error)
	}); ok {
		return m.WriteMore(p)
	}
	return c.Write(p)
}

// SendFile reads and writes 64 KiB at most.
func (c copying) SendFile(file *os.File, offset, n int64) (int64, error) {
	p := make([]byte, min(n, 64<<10))
	m, err := file.ReadAt(p, offset)
	if m == 0 && err == io.EOF {
		return 0, io.ErrUnexpectedEOF
	}
	if m == 0 && err != nil {
		return 0, err
	}
	m, err = c.Write(p[:m])
	return int64(m), err
}

// slowLarge is how large the large file is at most where the posted pace sends it,
// 1 MiB every 0.1 s.
const slowLarge = 64 << 20

// printWithout measures our server with all that makes it fast, and without each,
// and prints it.
func (b *bench) printWithout(stdout io.Writer) error {
	b.largeSize = min(b.largeSize, slowLarge)
	pin()
	servers := []server{lacking(nothing), lacking(eagerPace), lacking(batch), lacking(list), lacking(sendfile), lacking(more)}
	return b.printServers(stdout, b.worth, servers, nil)
}

// worth measures servers that lack something.
func (b *bench) worth(servers []server) (figures []figure, missing error) {
	return b.measure(servers, b.newConnections, b.slowly, b.largeFile)
}
