// Package socktest is a simulated network and clock for servers made with
// package sock: no goroutine, no real time, no randomness. What a server does
// on it is the same each time, to the byte and to the nanosecond.
//
// A [Network] has a clock, for the server's timer.Queue; a listener, for its
// sock.Server; and clients that follow a [Script]. [Network.Run] plays it.
package socktest

import (
	"io"
	"net"
	"os"
	"syscall"
	"time"

	"sockhttp/sock"
	"sockhttp/timer"

	"github.com/benbjohnson/clock"
)

// A Network is a simulated network with one listener and the clock that both
// it and the server live by. It belongs to one goroutine.
type Network struct {
	// Latency is how long every byte, acknowledgement, shut and reset
	// travels, one way.
	Latency time.Duration

	// Window is how many bytes each side of a connection may have sent
	// that the other has not yet read.
	Window int

	// StepTime is what a step of the server's queue takes if no callback of
	// it waited and it leaves one that is due at once. Without it a callback
	// that sets itself again without delay would stop time.
	StepTime time.Duration

	// Chop is how many of n bytes, from 1 to n, a read or a write of the
	// server moves. Nil moves all of them; TCP may always move fewer.
	Chop func(n int) int

	clock       *virtualClock
	start       time.Time
	world       *timer.Queue // what clients and wires do, on the same clock
	backlog     []*conn
	clients     int
	open        int     // connections that the server has accepted and not closed
	refuse      []error // what the next accepts fail with
	refuseDials []error
	closed      bool // the listener
	interrupted bool // the wait of Accept
}

// New returns a network without clients, whose latency is 0, whose windows
// are 64 KiB, and whose steps take 0.1 ms, which is slow enough to keep
// timelines short. Its clock starts at 2000-01-01 00:00:00 UTC.
func New() *Network {
	start := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	c := &virtualClock{Mock: clock.NewMock(), now: start}
	return &Network{Window: 64 << 10, StepTime: 100 * time.Microsecond, clock: c, start: start, world: timer.NewQueue(c)}
}

// Clock is the network's clock. Only the network moves it: queues on it are
// played by Run of the network, not by their own.
func (n *Network) Clock() clock.Clock { return n.clock }

// Now is the time since the network was made.
func (n *Network) Now() time.Duration { return n.clock.now.Sub(n.start) }

// NumOpen is the number of connections that the server has accepted and not
// yet closed.
func (n *Network) NumOpen() int { return n.open }

// Idle reports that no client has anything left to do, none waits to be
// accepted, and no connection is open.
func (n *Network) Idle() bool {
	return n.world.Len() == 0 && len(n.backlog) == 0 && n.open == 0
}

// Skip moves the clock by d at once, as it is when a machine wakes up: what
// was due in between happens late. It is called from a function given to At.
func (n *Network) Skip(d time.Duration) { n.clock.advance(n.clock.now.Add(d)) }

// Wait passes d, in which the network goes on: it is for what holds a callback up.
func (n *Network) Wait(d time.Duration) { n.wait(d, func() bool { return false }) }

// At has f called at a time of the network; at once if that has passed.
func (n *Network) At(t time.Duration, f func()) {
	n.world.Set(t-n.Now(), func(timer.ID) { f() })
}

// RefuseAccepts makes the next calls of Accept that would take a client fail,
// with each of errs in turn.
func (n *Network) RefuseAccepts(errs ...error) { n.refuse = append(n.refuse, errs...) }

// Run plays the server's queue against the network until a time of the
// network. What arrives at some time is there for the callbacks of that time.
func (n *Network) Run(queue *timer.Queue, until time.Duration) {
	end := n.start.Add(until)
	for {
		n.settle()
		next, pending := queue.Next()
		if event, ok := n.world.Next(); ok && (!pending || event.Before(next)) {
			next, pending = event, true
		}
		switch {
		case !pending || next.After(end):
			n.clock.advance(end)
			return
		case next.After(n.clock.now):
			n.clock.advance(next)
			continue
		}
		began := n.clock.now
		next, pending = queue.Step()
		if pending && !next.After(began) {
			n.advance(began.Add(n.StepTime))
		}
	}
}

// settle plays what happens on the network at this time.
func (n *Network) settle() {
	for {
		next, pending := n.world.Step()
		if !pending || next.After(n.clock.now) {
			return
		}
	}
}

// advance moves the time to t, and plays what happens on the network until
// then.
func (n *Network) advance(t time.Time) {
	for {
		n.settle()
		next, pending := n.world.Next()
		if !pending || next.After(t) {
			n.clock.advance(t)
			return
		}
		n.clock.advance(next)
	}
}

// wait moves the time until ready, for up to limit, and reports whether it
// came to that.
func (n *Network) wait(limit time.Duration, ready func() bool) bool {
	if ready() || limit <= 0 {
		return ready()
	}
	end := n.clock.now.Add(limit)
	for {
		n.settle()
		if ready() {
			return true
		}
		next, pending := n.world.Next()
		if !pending || next.After(end) {
			n.clock.advance(end)
			return false
		}
		n.clock.advance(next)
	}
}

// chop is how many of n bytes are moved.
func (n *Network) chop(bytes int) int {
	if n.Chop == nil {
		return bytes
	}
	return n.Chop(bytes)
}

// later has f called after the latency.
func (n *Network) later(f func()) {
	n.world.Set(n.Latency, func(timer.ID) { f() })
}

// Listener is the network's listening socket.
func (n *Network) Listener() sock.Listener { return listener{n} }

type listener struct{ n *Network }

func (l listener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 8000} }

func (l listener) Close() error {
	l.n.closed = true
	for _, c := range l.n.backlog {
		c.sendReset()
	}
	l.n.backlog = nil
	return nil
}

func (l listener) Interrupt() { l.n.interrupted = true }

func (l listener) Accept(wait time.Duration) (sock.Conn, error) {
	n := l.n
	if n.closed {
		return nil, net.ErrClosed
	}
	n.wait(wait, func() bool { return len(n.backlog) > 0 || n.interrupted })
	n.interrupted = false
	if len(n.backlog) == 0 {
		return nil, os.ErrDeadlineExceeded
	}
	if len(n.refuse) > 0 {
		err := n.refuse[0]
		n.refuse = n.refuse[1:]
		return nil, err
	}
	c := n.backlog[0]
	n.backlog = n.backlog[1:]
	n.open++
	return c, nil
}

// conn is the server's end of a connection.
type conn struct {
	n      *Network
	client *Client

	in     []byte // what has arrived and was not read
	eof    bool   // the client's shut has arrived, after in
	reset  bool   // the client's reset has arrived
	unread int    // bytes sent that the client is not known to have read
	shut   bool   // nothing more is sent
	closed bool
}

func (c *conn) RemoteAddr() net.Addr { return c.client.addr }

func (c *conn) Read(p []byte, wait time.Duration) (int, error) {
	if c.closed {
		return 0, net.ErrClosed
	}
	if !c.n.wait(wait, c.hasInput) {
		return 0, os.ErrDeadlineExceeded
	}
	switch {
	case c.reset:
		return 0, os.NewSyscallError("read", syscall.ECONNRESET)
	case len(c.in) == 0:
		return 0, io.EOF
	}
	n := copy(p[:c.n.chop(min(len(p), len(c.in)))], c.in)
	c.in = c.in[n:]
	c.n.later(func() { c.client.acknowledge(n) })
	return n, nil
}

func (c *conn) Write(p []byte) (int, error) {
	switch {
	case c.closed:
		return 0, net.ErrClosed
	case c.shut || c.reset:
		return 0, os.NewSyscallError("write", syscall.EPIPE)
	}
	n := min(len(p), c.n.Window-c.unread)
	if n <= 0 {
		return 0, nil
	}
	n = c.n.chop(n)
	c.unread += n
	data := append([]byte(nil), p[:n]...)
	c.n.later(func() { c.client.arrive(data) })
	return n, nil
}

func (c *conn) SendFile(file *os.File, offset, n int64) (int64, error) {
	return sendFile(c, c.n.Window-c.unread, file, offset, n)
}

// sendFile writes what a window has room for.
func sendFile(c sock.Conn, room int, file *os.File, offset, n int64) (int64, error) {
	p := make([]byte, max(0, min(n, int64(room))))
	m, err := file.ReadAt(p, offset)
	if err == io.EOF && m == 0 {
		return 0, io.ErrUnexpectedEOF
	}
	if err != nil && err != io.EOF {
		return 0, err
	}
	m, err = c.Write(p[:m])
	return int64(m), err
}

func (c *conn) CloseWrite() error {
	switch {
	case c.closed:
		return net.ErrClosed
	case c.reset:
		return os.NewSyscallError("shutdown", syscall.ENOTCONN)
	}
	c.finish()
	return nil
}

// finish sends the server's shut, once.
func (c *conn) finish() {
	if !c.shut {
		c.shut = true
		c.n.later(c.client.arriveShut)
	}
}

// Close ends the connection. With input unread it resets it, as TCP does
// (RFC 2525, section 2.17).
func (c *conn) Close() error {
	if c.closed {
		return net.ErrClosed
	}
	c.closed = true
	c.n.open--
	switch {
	case c.reset:
	case len(c.in) > 0:
		c.sendReset()
	default:
		c.finish()
	}
	return nil
}

func (c *conn) sendReset() { c.n.later(c.client.arriveReset) }

// arrive takes what the client sent.
func (c *conn) arrive(data []byte) {
	switch {
	case c.reset:
	case c.closed:
		c.sendReset()
	default:
		c.in = append(c.in, data...)
	}
}

func (c *conn) arriveReset() {
	c.reset, c.in = true, nil
}
