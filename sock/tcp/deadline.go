package tcp

import (
	"errors"
	"net"
	"os"
	"runtime"
	"sync"
	"syscall"
	"time"

	"sockhttp/sock"
)

// Polling where a socket cannot be asked without waiting (Windows). A read under
// a deadline takes up to a millisecond to find nothing, so that a thousand silent
// clients would take all of the time. Here a goroutine waits for the socket
// instead, and a poll looks at what the goroutine has. This file is compiled and
// tested everywhere.

// deadlineListener takes clients on a goroutine of its own. It holds one that no
// Accept has asked for yet.
type deadlineListener struct {
	*net.TCPListener
	accepted  chan accepted // is closed when the listener is
	interrupt chan struct{}
}

type accepted struct {
	conn *net.TCPConn
	err  error
}

func newDeadlineListener(t *net.TCPListener) *deadlineListener {
	l := &deadlineListener{t, make(chan accepted), make(chan struct{}, 1)}
	go l.acceptAll()
	return l
}

func (l *deadlineListener) acceptAll() {
	defer close(l.accepted)
	for {
		conn, err := l.AcceptTCP()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		l.accepted <- accepted{conn, err}
	}
}

func (l *deadlineListener) Accept(wait time.Duration) (sock.Conn, error) {
	a, err := receive(l.accepted, wait, l.interrupt)
	switch {
	case err != nil:
		return nil, err
	case errors.Is(a.err, syscall.ECONNABORTED):
		return nil, os.ErrDeadlineExceeded // the one waiting has left
	case a.err != nil:
		return nil, a.err
	}
	runtime.Gosched() // acceptAll takes the next one that is waiting
	return newDeadlineConn(a.conn), nil
}

func (l *deadlineListener) Interrupt() {
	select {
	case l.interrupt <- struct{}{}:
	default: // one interruption is enough
	}
}

// Close also closes the client that was held.
func (l *deadlineListener) Close() error {
	err := l.TCPListener.Close()
	for a := range l.accepted {
		if a.conn != nil {
			a.conn.Close()
		}
	}
	return err
}

// receive takes a value from c. If none comes within wait, or interrupt has a
// value first, it fails with os.ErrDeadlineExceeded, and if c is closed with
// net.ErrClosed.
func receive[T any](c <-chan T, wait time.Duration, interrupt <-chan struct{}) (v T, err error) {
	ok := true
	select {
	case v, ok = <-c:
	default:
		if wait <= 0 {
			return v, os.ErrDeadlineExceeded
		}
		t := time.NewTimer(wait)
		defer t.Stop()
		select {
		case v, ok = <-c:
		case <-interrupt:
			return v, os.ErrDeadlineExceeded
		case <-t.C:
			return v, os.ErrDeadlineExceeded
		}
	}
	if !ok {
		return v, net.ErrClosed
	}
	return v, nil
}

// deadlineConn has a goroutine read the next piece of input, and another write
// the piece that Write was given last: Write counts it as sent when that is done.
type deadlineConn struct {
	*net.TCPConn
	read   chan readResult
	buffer [16 << 10]byte
	input  []byte // of buffer, which Read has not yet taken; if none is left, a goroutine reads

	mu      sync.Mutex
	writing bool
	written int // bytes sent that Write has not yet counted
	err     error
}

type readResult struct {
	n   int
	err error
}

func newDeadlineConn(t *net.TCPConn) *deadlineConn {
	c := &deadlineConn{TCPConn: t, read: make(chan readResult, 1)}
	go c.readPiece()
	return c
}

func (c *deadlineConn) readPiece() {
	n, err := c.TCPConn.Read(c.buffer[:])
	c.read <- readResult{n, err}
}

func (c *deadlineConn) Read(p []byte, wait time.Duration) (n int, err error) {
	if len(c.input) == 0 {
		r, err := receive(c.read, wait, nil)
		if err != nil {
			return 0, err
		}
		if r.n == 0 {
			c.read <- r // and so is the next
			return 0, r.err
		}
		c.input = c.buffer[:r.n]
	}
	n = copy(p, c.input)
	if c.input = c.input[n:]; len(c.input) == 0 {
		go c.readPiece()
	}
	return n, nil
}

func (c *deadlineConn) Write(p []byte) (int, error) {
	p = p[:min(len(p), pieceSize)] // so that what is sent is counted as it goes
	n, err := c.offer(int64(len(p)), func() ([]byte, error) { return append([]byte(nil), p...), nil })
	return int(n), err
}

func (c *deadlineConn) SendFile(file *os.File, offset, n int64) (int64, error) {
	return c.offer(n, func() ([]byte, error) { return filePiece(file, offset, n) })
}

// offer counts what was sent of the n bytes that are offered; when the piece
// before is sent and counted, it starts to send the next.
func (c *deadlineConn) offer(n int64, piece func() ([]byte, error)) (int64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.writing:
		return 0, nil
	case c.written > 0:
		n = min(int64(c.written), n)
		c.written -= int(n)
		return n, nil
	case c.err != nil:
		return 0, c.err
	}
	p, err := piece()
	if err != nil {
		return 0, err
	}
	c.writing = true
	go c.send(p)
	return 0, nil
}

func (c *deadlineConn) send(p []byte) {
	n, err := c.TCPConn.Write(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writing, c.written, c.err = false, n, err
}
