package control

import (
	"errors"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"sockhttp/sock"
)

// piece is the longest that a slowed wait goes on, by the real clock, before it
// sees that the speed has changed.
const piece = 50 * time.Millisecond

// wait calls try, which waits by the real clock, until that has waited for limit
// by the slow one. In a step, and in any callback after which the server stops, the
// time moves on to the end of the wait.
func (c *Control) wait(limit time.Duration, interrupted *atomic.Bool, try func(time.Duration) error) error {
	steps := c.blocked || c.steps > 0
	if limit <= 0 || c.clock.rate.Load().slower == 1 && !steps {
		err := try(limit)
		interrupted.Store(false)
		return err
	}
	end := c.clock.Now().Add(limit)
	for left := limit; ; left = end.Sub(c.clock.Now()) {
		if steps || c.hurry.Load() {
			c.clock.skip(left)
			left = 0
		}
		err := try(max(0, min(c.clock.lasts(left), piece)))
		if left <= 0 || !errors.Is(err, os.ErrDeadlineExceeded) || interrupted.Swap(false) {
			return err
		}
	}
}

// Listener returns l with waits, and those of its connections, that last as long
// by the slow clock as they are to. It is for the server that is then given to
// Attach. When it is closed, as it is by [sock.Server.Shutdown], nothing holds up
// the server any more.
func (c *Control) Listener(l sock.Listener) sock.Listener {
	c.addr = l.Addr()
	controlled := &listener{Listener: l, control: c}
	if poller, ok := l.(sock.ListPoller); ok {
		return &listPoller{listener: controlled, poller: poller}
	}
	return controlled
}

type listener struct {
	sock.Listener
	control     *Control
	interrupted atomic.Bool
}

func (l *listener) Interrupt() {
	l.interrupted.Store(true)
	l.Listener.Interrupt()
}

func (l *listener) Accept(wait time.Duration) (sock.Conn, error) {
	var accepted sock.Conn
	err := l.control.wait(wait, &l.interrupted, func(d time.Duration) (err error) {
		accepted, err = l.Listener.Accept(d)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &conn{Conn: accepted, control: l.control}, nil
}

func (l *listener) Close() error {
	l.control.release()
	return l.Listener.Close()
}

type conn struct {
	sock.Conn
	control *Control
}

func (c *conn) Read(p []byte, wait time.Duration) (n int, err error) {
	if wait <= 0 { // as most polls are
		return c.Conn.Read(p, wait)
	}
	var interrupted atomic.Bool // by nobody
	c.control.wait(wait, &interrupted, func(d time.Duration) error {
		n, err = c.Conn.Read(p, d)
		return err
	})
	return n, err
}

// A listPoller is a listener that can ask about many connections at once.
type listPoller struct {
	*listener
	poller sock.ListPoller
	asked  []sock.Asked // the same of the connections that conn wraps
}

func (l *listPoller) PollList(list []sock.Asked, wait time.Duration) (waiting bool) {
	l.asked = append(l.asked[:0], list...)
	for i := range l.asked {
		l.asked[i].Conn = l.asked[i].Conn.(*conn).Conn
	}
	l.control.wait(wait, &l.interrupted, func(d time.Duration) error {
		if waiting = l.poller.PollList(l.asked, d); waiting || slices.ContainsFunc(l.asked, isReady) {
			return nil
		}
		return os.ErrDeadlineExceeded
	})
	for i := range list {
		list[i].Ready = l.asked[i].Ready
	}
	clear(l.asked)
	return waiting
}

func isReady(a sock.Asked) bool { return a.Ready }
