// Package netconn is a [net.Listener] whose connections are polled units of
// package sock. What is made for the net package runs on it: net/http's own
// server, crypto/tls, and handlers that wait, stream or take a connection over.
//
//	listener := netconn.Listen(queue, tcpListener)
//	go nethttp.Serve(listener, mux)
//	queue.Run(ctx)
//
// The queue's goroutine polls all sockets, as ever. The goroutines that use the
// connections share no more with it than two buffers a connection, and wake it
// with [timer.Queue.Post].
package netconn

import (
	"net"
	"sync"
	"time"

	"sockhttp/sock"
	"sockhttp/timer"
)

// A Listener is a [net.Listener] made of a [sock.Server]. Any goroutine may call
// its methods.
//
// Its connections do what TCP's do, except that
//
//   - LocalAddr is the listener's address, whichever of the machine's addresses
//     the client has connected to;
//   - Close sends what was written, as long as the client takes some of it within
//     Limits.SendTimeout, and then lingers, where TCP may send a reset;
//   - a client that takes nothing of what was written for Limits.SendTimeout is
//     dropped, whether there is a write deadline or not;
//   - when all of Limits.MaxClients places are taken, a newcomer gets that of the
//     connection that has been idle longest. One is idle if it has been quiet since
//     something was written to it: most likely it waits for its next request, but a
//     stream between two messages counts as well. Who knows better says so with
//     [Conn.SetIdle]. One whose client has sent something that was not answered keeps
//     its place for as long as its user lets it, so give an http.Server a
//     ReadHeaderTimeout;
//   - a deadline passes by the queue's clock, which is to be the one that the
//     connection's user goes by.
//
// Reads and writes that fail for any of these reasons return the reason in
// a [*net.OpError].
type Listener struct {
	// Server polls the connections. Its Pace, Limits, Log and Trace are to be
	// set before the first call of Accept, which starts it, and its methods
	// belong to the goroutine of the queue. Limits.InputTimeout does not hold
	// for these connections: their users have deadlines of their own.
	Server *sock.Server

	queue *timer.Queue
	addr  net.Addr
	start sync.Once

	mu       sync.Mutex
	changed  sync.Cond // accepted or closed, under mu
	accepted []*conn   // and not yet returned by Accept
	closed   bool
}

// Listen returns a listener to the clients of polled, which it takes over. It
// accepts none before the first call of Accept, and does what it does in
// callbacks of queue: Run must be running, also for what Close leaves to be done.
func Listen(queue *timer.Queue, polled sock.Listener) *Listener {
	l := &Listener{queue: queue, addr: polled.Addr()}
	l.changed.L = &l.mu
	l.Server = sock.NewServer(queue, polled, l.routine)
	l.Server.SpeakFirst = true
	return l
}

// Addr is the address of the polled listener.
func (l *Listener) Addr() net.Addr { return l.addr }

// A Conn is what Accept returns. Any goroutine may call its methods.
type Conn interface {
	net.Conn
	CloseWrite() error // as that of a [net.TCPConn]
	LUN() int          // the number that the unit has until it is given back

	// SetIdle says that nothing is under way on the connection, or that something
	// is, from now on and whoever has sent something last. The user of HTTP/2 knows,
	// whose clients acknowledge things while they are idle. An idle connection may
	// have to give up its place once its user has read all that has come and waits in
	// Read for more, and one that is not idle never has to.
	SetIdle(idle bool)
}

// Accept waits for a client, and returns its connection, a [Conn]. It fails
// once the listener is closed, with [net.ErrClosed].
func (l *Listener) Accept() (net.Conn, error) {
	l.start.Do(func() { l.queue.Post(l.Server.Start) })
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.accepted) == 0 && !l.closed {
		l.changed.Wait()
	}
	if l.closed {
		return nil, l.opError("accept", net.ErrClosed)
	}
	c := l.accepted[0]
	l.accepted = l.accepted[1:]
	return c, nil
}

// Close closes the listener, and the connections that Accept has not returned.
// Those that it has returned are left alone.
func (l *Listener) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return l.opError("close", net.ErrClosed)
	}
	l.closed = true
	l.changed.Broadcast()
	for _, c := range l.accepted {
		c.Close()
	}
	l.accepted = nil
	l.queue.Post(l.Server.StopListening)
	return nil
}

func (l *Listener) opError(op string, err error) error {
	return &net.OpError{Op: op, Net: l.addr.Network(), Addr: l.addr, Err: err}
}

// never is a time limit that nothing meets.
const never = 100 * 365 * 24 * time.Hour

// routine is the server's. It is called first without input, when the client is
// accepted.
func (l *Listener) routine(unit *sock.Unit) {
	c, ok := unit.Value.(*conn)
	if !ok {
		c = newConn(l, unit)
		c.woke = true // who waits in Accept
		unit.Value = c
		unit.OnFree = c.freed
		unit.LimitInput(never)
		unit.SetPolling(sock.Always)
		l.deliver(c)
	}
	quiet := len(unit.Input()) == 0
	c.step()
	if quiet {
		c.shrink()
	}
}

// deliver has Accept return c.
func (l *Listener) deliver(c *conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		c.Close()
		return
	}
	l.accepted = append(l.accepted, c)
	l.changed.Signal()
}

// netAddr is addr as users of package net expect it: a *[net.TCPAddr], of TCP.
func netAddr(addr net.Addr) net.Addr {
	if a, ok := addr.(interface{ TCPAddr() *net.TCPAddr }); ok {
		return a.TCPAddr()
	}
	return addr
}
