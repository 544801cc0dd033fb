package main

import (
	"errors"
	"fmt"
	"net"
	nethttp "net/http"
	"time"
)

// plainTold is a listener for TLS that answers those who speak HTTP, as the
// address http://... on its port makes a browser do, with a line that tells of
// https.
type plainTold struct {
	net.Listener
	url string // that serves
}

func (l plainTold) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &plainConn{Conn: c, url: l.url}, nil
}

// A plainConn is one of its connections, from which crypto/tls reads.
type plainConn struct {
	net.Conn
	url  string
	read bool // something was read
}

var errPlain = errors.New("the client spoke HTTP, and was told to use https")

// Read looks at the first byte: a method of HTTP begins with a letter, and TLS
// with the number 22 (RFC 8446, section 5.1).
func (c *plainConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n == 0 || c.read {
		return n, err
	}
	c.read = true
	if p[0] < 'A' || p[0] > 'Z' {
		return n, err
	}
	line := "400 Bad Request: this port speaks https; use " + c.url + "\n"
	fmt.Fprintf(c.Conn, "HTTP/1.1 400 Bad Request\r\nDate: %s\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s",
		time.Now().UTC().Format(nethttp.TimeFormat), len(line), line)
	c.Conn.Close()
	return 0, errPlain
}
