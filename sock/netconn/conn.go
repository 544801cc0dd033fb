package netconn

import (
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"sockhttp/sock"
)

// bufferSize is how many bytes of what has come may wait for Read before the
// client is no longer polled, and how many of what Write is given may wait for
// what was written before them. One poll, and one write, may be under way beside
// that.
const bufferSize = 64 << 10

// keptSize is how many bytes the buffers of a quiet connection hold at most.
const keptSize = 4 << 10

// A conn is a unit as a [net.Conn]. Its user's goroutines and the queue's meet
// in the fields under mu. The user's change them and post a step; the step,
// which the routine takes as well, moves the bytes to and from the unit.
type conn struct {
	listener *Listener
	remote   net.Addr
	lun      int

	// The queue's goroutine's.
	unit    *sock.Unit
	sending []byte // what the unit sends, and then room for more
	woke    bool   // a goroutine has something to do

	mu          sync.Mutex
	in          []byte    // has come, and from its read-th byte on is not read
	read        int       // bytes of in
	inErr       error     // why no more will come
	readable    sync.Cond // something that Read waits for has changed
	out         []byte    // to be sent when the unit has sent what it has
	outErr      error     // why no more is sent
	writing     bool      // a Write is under way; others wait, so that their bytes are not mixed
	writable    sync.Cond // something that Write waits for has changed
	writeClosed bool      // CloseWrite was called
	closed      bool      // Close was called
	free        bool      // the unit is given back
	use         use       // what its user has said
	busy        bool      // what the unit was told of that
	reading     int       // how many Reads wait
	posted      bool      // a step is posted
	postedStep  func()    // the step, made once
	now         time.Time // by the queue's clock, at the last step

	readDeadline, writeDeadline deadline
}

func newConn(l *Listener, unit *sock.Unit) *conn {
	c := &conn{listener: l, remote: netAddr(unit.RemoteAddr()), lun: unit.LUN(), unit: unit}
	c.postedStep = func() {
		c.step()
		c.unit.Wake()
	}
	c.readable.L, c.writable.L = &c.mu, &c.mu
	c.readDeadline.passes, c.writeDeadline.passes = &c.readable, &c.writable
	return c
}

func (c *conn) LocalAddr() net.Addr  { return c.listener.addr }
func (c *conn) RemoteAddr() net.Addr { return c.remote }

// A use is what the user of a connection has said of it.
type use int

const (
	unknown use = iota
	working
	idle
)

func (c *conn) SetIdle(isIdle bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.use = working; isIdle {
		c.use = idle
	}
	c.post()
}

// tellUnit tells the unit whether it may have to give up its place, if the user has
// said anything. What the user has not read, or not yet dealt with, may be a request.
func (c *conn) tellUnit() {
	if c.use != unknown {
		c.busy = c.use == working || c.unread() > 0 || c.reading == 0
		c.unit.SetBusy(c.busy)
	}
}

// LUN is the number that the unit has until it is given back.
func (c *conn) LUN() int { return c.lun }

// Read waits until something has come.
func (c *conn) Read(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		switch {
		case c.closed:
			return 0, c.opError("read", net.ErrClosed)
		case c.readDeadline.passed:
			return 0, c.opError("read", os.ErrDeadlineExceeded)
		case len(p) == 0:
			return 0, nil
		case c.unread() > 0:
			return c.readIn(p), nil
		case c.inErr == io.EOF:
			return 0, io.EOF
		case c.inErr != nil:
			return 0, c.opError("read", c.inErr)
		}
		c.waitToRead()
	}
}

// waitToRead waits until there may be something to read. Whoever is idle and has dealt
// with all that has come has its unit told so.
func (c *conn) waitToRead() {
	c.reading++
	if c.use == idle && c.busy {
		c.post()
	}
	c.readable.Wait()
	c.reading--
}

// readIn reads some of what has come. If that makes room, the client is polled
// again.
func (c *conn) readIn(p []byte) int {
	wasFull := c.inIsFull()
	n := copy(p, c.in[c.read:])
	if c.read += n; c.read == len(c.in) {
		c.in, c.read = c.in[:0], 0
	}
	if wasFull && !c.inIsFull() {
		c.post()
	}
	return n
}

func (c *conn) unread() int    { return len(c.in) - c.read }
func (c *conn) inIsFull() bool { return c.unread() > bufferSize }

// Write queues p, and waits while there is no room for it.
func (c *conn) Write(p []byte) (n int, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.writing {
		c.writable.Wait()
	}
	c.writing = true
	defer func() {
		c.writing = false
		c.writable.Broadcast()
	}()
	for {
		switch {
		case c.closed:
			return n, c.opError("write", net.ErrClosed)
		case c.writeDeadline.passed:
			return n, c.opError("write", os.ErrDeadlineExceeded)
		case c.outErr != nil:
			return n, c.opError("write", c.outErr)
		case c.writeClosed:
			return n, c.opError("write", os.NewSyscallError("write", syscall.EPIPE))
		}
		if room := bufferSize - len(c.out); room > 0 {
			m := min(room, len(p)-n)
			c.out = append(c.out, p[n:n+m]...)
			n += m
			c.post()
		}
		if n == len(p) {
			return n, nil
		}
		c.writable.Wait()
	}
}

// CloseWrite tells the client that nothing more will be written, after what was.
func (c *conn) CloseWrite() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return c.opError("close", net.ErrClosed)
	}
	c.writeClosed = true
	c.writable.Broadcast()
	c.post()
	return nil
}

// Close ends the connection, after what was written is sent. It does not wait
// for that.
func (c *conn) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return c.opError("close", net.ErrClosed)
	}
	c.closed = true
	c.in, c.read = nil, 0
	c.readable.Broadcast()
	c.writable.Broadcast()
	c.post()
	return nil
}

func (c *conn) opError(op string, err error) error {
	l := c.listener
	return &net.OpError{Op: op, Net: l.addr.Network(), Source: l.addr, Addr: c.remote, Err: err}
}

// post has the queue take a step, under mu.
func (c *conn) post() {
	if c.posted || c.free {
		return
	}
	c.posted = true
	c.listener.queue.Post(c.postedStep)
}

// step moves what has come from the unit and what is written to it, on the
// queue's goroutine.
func (c *conn) step() {
	if closeWrite, free := c.move(); free {
		c.unit.Free()
	} else if closeWrite {
		c.unit.CloseWrite()
	}
	if c.woke {
		c.woke = false
		c.unit.Yield()
	}
}

// move is what a step does under mu. It reports whether all is sent that came
// before CloseWrite, and before Close.
func (c *conn) move() (closeWrite, free bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.posted = false
	if c.free {
		return false, false
	}
	c.now = c.unit.Now()
	c.takeInput()
	c.giveOutput()
	c.settle(&c.readDeadline)
	c.settle(&c.writeDeadline)
	c.tellUnit()
	sent := len(c.out) == 0
	return sent && c.writeClosed, sent && c.closed
}

// takeInput hands to Read what has come, and stops the polling of a client whose
// input is not read, or has ended.
func (c *conn) takeInput() {
	u := c.unit
	came, err := len(u.Input()), u.Err()
	switch {
	case came == 0:
	case c.closed:
		u.Discard(came)
	case c.unread() == 0:
		c.in = u.SwapInput(c.in)
	default:
		c.in = append(c.in[:copy(c.in, c.in[c.read:])], u.Input()...)
		c.read = 0
		u.Discard(came)
	}
	if err != nil && c.inErr == nil {
		c.inErr = err
	}
	if came > 0 || err != nil {
		c.readable.Broadcast()
		c.woke = true
	}
	polling := sock.Always
	if c.inErr == io.EOF || c.inErr == nil && c.inIsFull() {
		polling = sock.Never
	}
	u.SetPolling(polling) // with any other error, the unit is freed
}

// giveOutput hands to the unit what Write was given, if all before it is sent.
func (c *conn) giveOutput() {
	u := c.unit
	if u.Unsent() == 0 && len(c.out) > 0 {
		c.out, c.sending = c.sending[:0], c.out
		u.SendBytes(c.sending)
		if c.writing {
			c.writable.Broadcast()
			c.woke = true
		}
	}
	if u.Unsent() > 0 {
		u.CallAgain() // once it is sent
	}
}

// shrink gives up the larger buffers of a connection that has sent everything
// and has nothing to read.
func (c *conn) shrink() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.unit.Unsent() > 0 {
		return
	}
	if cap(c.out)+cap(c.sending) > keptSize && len(c.out) == 0 {
		c.out, c.sending = nil, nil
	}
	if cap(c.in) > keptSize && c.unread() == 0 {
		c.in = nil
	}
}

// freed is called when the unit is given back: by step, or because the client
// was dropped, which the cause tells.
func (c *conn) freed(cause error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.free = true
	c.out, c.sending = nil, nil
	c.settle(&c.readDeadline)
	c.settle(&c.writeDeadline)
	switch {
	case cause != nil:
	case c.inErr != nil && c.inErr != io.EOF:
		cause = c.inErr
	default: // the server was shut down
		cause = net.ErrClosed
	}
	c.outErr = cause
	if c.inErr == nil {
		c.inErr = cause
	}
	c.readable.Broadcast()
	c.writable.Broadcast()
}
