//go:build !(linux || freebsd || darwin)

package tcp

import (
	"net"

	"sockhttp/sock"
)

func newListener(l *net.TCPListener) (sock.Listener, error) {
	return &deadlineListener{TCPListener: l}, nil
}

func newConn(c *net.TCPConn) (sock.Conn, error) { return &deadlineConn{TCPConn: c}, nil }
