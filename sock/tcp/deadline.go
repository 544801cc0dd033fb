package tcp

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"sockhttp/sock"
)

// Polling where a socket cannot be asked without waiting (Windows): a read
// under a deadline. A deadline that has passed makes a read return without
// trying, so the shortest poll is one of tryFor, which costs up to a
// millisecond when nothing has come. This file is compiled and tested
// everywhere.

const tryFor = 50 * time.Microsecond

type deadlineListener struct {
	*net.TCPListener
	interrupted atomic.Bool
}

func (l *deadlineListener) Accept(wait time.Duration) (sock.Conn, error) {
	if err := l.SetDeadline(time.Now().Add(max(wait, tryFor))); err != nil {
		return nil, err
	}
	defer l.interrupted.Store(false)
	if l.interrupted.Load() {
		return nil, os.ErrDeadlineExceeded
	}
	c, err := l.AcceptTCP()
	switch {
	case err == nil:
		return &deadlineConn{TCPConn: c}, nil
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, syscall.ECONNABORTED):
		return nil, os.ErrDeadlineExceeded
	}
	return nil, err
}

// Interrupt moves the deadline of a wait to now. The flag is for a wait that
// sets its own deadline after that.
func (l *deadlineListener) Interrupt() {
	l.interrupted.Store(true)
	l.SetDeadline(time.Now())
}

// deadlineConn reads under deadlines. It does not write under them: when an
// overlapped write is cancelled, nobody knows how much of it was sent. Each
// piece is written by a goroutine of its own instead, and Write counts it as
// sent when that goroutine is done.
type deadlineConn struct {
	*net.TCPConn

	mu      sync.Mutex
	writing bool
	written int // bytes sent that Write has not yet counted
	err     error
}

func (c *deadlineConn) Read(p []byte, wait time.Duration) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(max(wait, tryFor))); err != nil {
		return 0, err
	}
	n, err := c.TCPConn.Read(p)
	switch {
	case n > 0 || err == nil:
		return n, nil
	case err == io.EOF:
		return 0, io.EOF
	case errors.Is(err, os.ErrDeadlineExceeded):
		return 0, os.ErrDeadlineExceeded
	}
	return 0, err
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
