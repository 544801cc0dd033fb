//go:build !(linux || freebsd || darwin)

package sock

import "net"

func newListener(l *net.TCPListener) (Listener, error) {
	return deadlineListener{l}, nil
}

func newConn(c *net.TCPConn) (Conn, error) { return &deadlineConn{TCPConn: c}, nil }
