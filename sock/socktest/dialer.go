package socktest

import (
	"io"
	"net"
	"os"
	"syscall"
	"time"

	"sockhttp/sock"
	"sockhttp/timer"
)

// Dialer connects to the network's listener, for a [sock.Client]. It may share
// the queue of the server, or have a queue on the same clock that Run plays in
// the server's place.
func (n *Network) Dialer() sock.Dialer { return &dialer{n: n} }

// RefuseDials makes the next attempts of a Dialer fail with each of errs in
// turn, one latency there and one back after they have begun.
func (n *Network) RefuseDials(errs ...error) { n.refuseDials = append(n.refuseDials, errs...) }

type dialer struct {
	n       *Network
	client  *Client // that is being connected
	over    *bool   // it is known how that went
	refused error
}

func (d *dialer) Dial(wait time.Duration) (sock.Conn, error) {
	n := d.n
	if d.client == nil {
		over := new(bool)
		d.over, d.refused = over, nil
		if len(n.refuseDials) > 0 {
			d.refused, n.refuseDials = n.refuseDials[0], n.refuseDials[1:]
		}
		d.client = n.Connect(Script{Connect: n.Now(), ReadSize: -1, unheard: d.refused != nil})
		n.world.Set(2*n.Latency, func(timer.ID) { *over = true })
	}
	if !n.wait(wait, func() bool { return *d.over }) {
		return nil, os.ErrDeadlineExceeded
	}
	c := d.client
	d.client = nil
	if d.refused == nil && c.End != nil { // the listener was closed before it took the connection
		d.refused = os.NewSyscallError("connect", syscall.ECONNREFUSED)
	}
	if d.refused != nil {
		return nil, d.refused
	}
	return &clientConn{Client: c}, nil
}

func (d *dialer) Close() error {
	if d.client != nil {
		(&clientConn{Client: d.client}).Close()
		d.client = nil
	}
	return nil
}

// A clientConn is the end of a connection that a Dialer has made.
type clientConn struct {
	*Client
	closed bool
}

func (c *clientConn) RemoteAddr() net.Addr { return listener{c.n}.Addr() }

func (c *clientConn) isReset() bool { return c.End == syscall.ECONNRESET }

func (c *clientConn) Read(p []byte, wait time.Duration) (int, error) {
	if c.closed {
		return 0, net.ErrClosed
	}
	if !c.n.wait(wait, func() bool { return len(c.in) > 0 || c.eof || c.isReset() }) {
		return 0, os.ErrDeadlineExceeded
	}
	switch {
	case c.isReset():
		return 0, os.NewSyscallError("read", syscall.ECONNRESET)
	case len(c.in) == 0:
		return 0, io.EOF
	}
	n := copy(p[:c.n.chop(min(len(p), len(c.in)))], c.in)
	c.in = c.in[n:]
	c.n.later(func() { c.conn.unread -= n })
	return n, nil
}

func (c *clientConn) Write(p []byte) (int, error) {
	switch {
	case c.closed:
		return 0, net.ErrClosed
	case c.shut || c.isReset():
		return 0, os.NewSyscallError("write", syscall.EPIPE)
	}
	n := min(len(p), c.n.Window-c.flight)
	if n <= 0 {
		return 0, nil
	}
	n = c.n.chop(n)
	c.out = append(c.out, p[:n]...)
	c.flush()
	return n, nil
}

func (c *clientConn) SendFile(file *os.File, offset, n int64) (int64, error) {
	return sendFile(c, c.n.Window-c.flight, file, offset, n)
}

func (c *clientConn) CloseWrite() error {
	switch {
	case c.closed:
		return net.ErrClosed
	case c.isReset():
		return os.NewSyscallError("shutdown", syscall.ENOTCONN)
	}
	c.finish = true
	c.flush()
	return nil
}

// Close is as that of the server's end.
func (c *clientConn) Close() error {
	if c.closed {
		return net.ErrClosed
	}
	c.closed = true
	switch {
	case c.isReset():
	case len(c.in) > 0:
		c.n.later(c.conn.arriveReset)
	default:
		c.finish = true
		c.flush()
	}
	c.gone = true
	return nil
}
