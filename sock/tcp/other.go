//go:build deadline || !(linux || freebsd || darwin)

package tcp

import (
	"net"

	"sockhttp/sock"
)

// The tag deadline has this seam on other systems, too, so that all tests can be
// run with it: go test -tags deadline ./...

func newListener(l *net.TCPListener) (sock.Listener, error) {
	return newDeadlineListener(l), nil
}

func newConn(c *net.TCPConn) (sock.Conn, error) { return newDeadlineConn(c), nil }
