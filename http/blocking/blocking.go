// Package blocking has a server wait for its clients, as the post's does in IDL:
// this is what step-by-step reading and writing are for.
package blocking

import (
	"errors"
	"os"
	"sync"
	"time"

	"sockhttp/http"
	"sockhttp/http/internal/header"
	"sockhttp/sock"
)

// A Listener accepts clients that are waited for. Once some of a request's header
// has come, the poll that found it waits for the rest, as the post's readf does;
// and what is written waits until the network has taken it, as its writeu does.
// Meanwhile no callback runs, and all other clients wait. There is no time limit.
//
// A file still goes out 1 MiB in each ServerCallback, so that a larger one keeps
// others waiting with breaks.
type Listener struct {
	sock.Listener

	// Wait passes a time that is waited. New sets it to one that Stop ends;
	// a simulation has its own.
	Wait func(d time.Duration)

	stopped chan struct{}
	stop    sync.Once
}

// New returns a listener that accepts the clients of polled, for
// [sock.NewServer].
func New(polled sock.Listener) *Listener {
	l := &Listener{Listener: polled, stopped: make(chan struct{})}
	l.Wait = func(d time.Duration) {
		t := time.NewTimer(d)
		defer t.Stop()
		select {
		case <-t.C:
		case <-l.stopped:
		}
	}
	return l
}

// Stop ends the wait for a client within 0.1 s, and from then on none is waited
// for. Call it before the server is shut down, which else would have to wait, too.
// Any goroutine may call it, more than once.
func (l *Listener) Stop() { l.stop.Do(func() { close(l.stopped) }) }

func (l *Listener) isStopped() bool {
	select {
	case <-l.stopped:
		return true
	default:
		return false
	}
}

// Accept is the listener's.
func (l *Listener) Accept(wait time.Duration) (sock.Conn, error) {
	c, err := l.Listener.Accept(wait)
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c, listener: l}, nil
}

type conn struct {
	sock.Conn
	listener *Listener
	whole    bool // the header has come, or will not
}

const (
	blockedRead  = 100 * time.Millisecond // between two looks whether to stop
	blockedWrite = 10 * time.Millisecond  // the longest time between two tries
)

// Read is readf: if some of the header has come, it waits for the rest.
func (c *conn) Read(p []byte, wait time.Duration) (n int, err error) {
	n, err = c.Conn.Read(p, wait)
	if err != nil || c.whole {
		return n, err
	}
	for header.End(p[:n], 0) == 0 && n <= http.MaxHeader && n < len(p) && !c.listener.isStopped() {
		more, err := c.Conn.Read(p[n:], blockedRead)
		n += more
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			break // the next Read meets it again
		}
	}
	c.whole = true
	return n, nil
}

// Write is writeu: it waits until all of p is sent.
func (c *conn) Write(p []byte) (int, error) {
	n, err := c.untilSent(int64(len(p)), func(sent int64) (int64, error) {
		n, err := c.Conn.Write(p[sent:])
		return int64(n), err
	})
	return int(n), err
}

// SendFile is Write of a file.
func (c *conn) SendFile(file *os.File, offset, n int64) (int64, error) {
	return c.untilSent(n, func(sent int64) (int64, error) {
		return c.Conn.SendFile(file, offset+sent, n-sent)
	})
}

// CloseWrite is the connection's. What comes after it is no request.
func (c *conn) CloseWrite() error {
	c.whole = true
	return c.Conn.CloseWrite()
}

// untilSent calls send with how many of n bytes are sent, until all are.
func (c *conn) untilSent(n int64, send func(sent int64) (int64, error)) (sent int64, err error) {
	delay := time.Millisecond
	for {
		m, err := send(sent)
		sent += m
		if err != nil || sent == n || m == 0 && c.listener.isStopped() {
			return sent, err
		}
		if m > 0 {
			delay = time.Millisecond
			continue
		}
		c.listener.Wait(delay)
		delay = min(2*delay, blockedWrite)
	}
}
