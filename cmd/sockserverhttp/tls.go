package main

import (
	"context"
	"crypto/tls"
	stdlog "log"
	"net"
	nethttp "net/http"
	"os"
	"sync"
	"time"

	"sockhttp/cmd/command"
	"sockhttp/http"
	"sockhttp/http/handler"
	"sockhttp/sock"
	"sockhttp/sock/netconn"
	"sockhttp/timer"
)

// How long a client has: as much as with -files.
const (
	headerTimeout = 10 * time.Second // for the handshake, a header, or a body, which is then refused
	idleTimeout   = time.Minute      // from a reply to the next request
)

// serveTLS serves the directory with net/http's own server, over crypto/tls on
// polled connections, until a signal ends it.
func (o *options) serveTLS(directory *os.Root, polled sock.Listener, queue *timer.Queue, log *command.Log) error {
	certificate, fingerprint, err := o.certificate()
	if err != nil {
		polled.Close()
		return err
	}
	const name = "FILESERVER"
	listener := netconn.Listen(queue, polled)
	o.prepare(listener.Server, name, log)
	fresh := &newConns{all: map[net.Conn]bool{}}
	server := &nethttp.Server{
		Handler:           newLoggedHandler(handler.FileServer(directory, o.dotfiles), o.allowHost(polled), queue, log, name, o.Detail),
		TLSConfig:         &tls.Config{Certificates: []tls.Certificate{certificate}},
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    http.MaxHeader,
		ErrorLog:          stdlog.New(escaping{log.Logger.Writer()}, "", 0),
		ConnState: func(c net.Conn, state nethttp.ConnState) {
			fresh.track(c, state)
			tellIdle(c.(*tls.Conn), state)
		},
		ConnContext: withLUN,
	}

	log.Listening(command.Port(polled), o.use(directory, polled))
	if fingerprint != "" {
		log.Logger.Printf("%s: its certificate was made for this run, so clients will warn of it; its SHA-256 fingerprint is %s", program, fingerprint)
	}
	go server.ServeTLS(plainTold{listener, o.url(command.Here(o.Host), polled)}, "", "")
	command.RunUntil(queue, log, func(grace time.Duration, done func()) {
		ctx, cancel := context.WithTimeout(context.Background(), grace)
		defer cancel()
		fresh.close()
		if server.Shutdown(ctx) != nil {
			server.Close()
		}
		end, _ := ctx.Deadline()
		queue.Post(func() { listener.Server.Shutdown(time.Until(end), done) })
	})
	return nil
}

// newConns are the connections that have not yet sent a request. Without this,
// the server's Shutdown would wait 5 s for each to send one.
type newConns struct {
	mu     sync.Mutex
	all    map[net.Conn]bool
	closed bool
}

// track learns the state of a connection.
func (n *newConns) track(c net.Conn, state nethttp.ConnState) {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch {
	case state != nethttp.StateNew:
		delete(n.all, c)
	case n.closed:
		c.Close()
	default:
		n.all[c] = true
	}
}

// close closes them, and those to come.
func (n *newConns) close() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.closed = true
	for c := range n.all {
		c.Close()
	}
}

// polled is the connection below TLS.
func polled(c *tls.Conn) netconn.Conn { return c.NetConn().(*plainConn).Conn.(netconn.Conn) }

// tellIdle says which clients of HTTP/2 have no stream. Of HTTP/1.1, who has sent
// something last says more: there net/http calls a client idle until all of its header
// has come.
func tellIdle(c *tls.Conn, state nethttp.ConnState) {
	if (state == nethttp.StateActive || state == nethttp.StateIdle) && c.ConnectionState().NegotiatedProtocol == "h2" {
		polled(c).SetIdle(state == nethttp.StateIdle)
	}
}
