package netconn

import (
	"net"
	"sync"
	"time"

	"sockhttp/timer"
)

// A deadline is that of Read or of Write. The user's goroutine sets at; the next
// step sets a callback for it in the queue, which is its clock.
type deadline struct {
	at     time.Time // zero: there is none
	passed bool
	passes *sync.Cond // tells of it

	callback timer.ID // that is set; 0: none
	due      time.Time
}

func (c *conn) SetDeadline(t time.Time) error {
	return c.setDeadlines(t, &c.readDeadline, &c.writeDeadline)
}

func (c *conn) SetReadDeadline(t time.Time) error  { return c.setDeadlines(t, &c.readDeadline) }
func (c *conn) SetWriteDeadline(t time.Time) error { return c.setDeadlines(t, &c.writeDeadline) }

// setDeadlines needs a step only if a callback is to be set or cancelled: no
// deadline, and one long past, hold at once.
func (c *conn) setDeadlines(t time.Time, deadlines ...*deadline) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return c.opError("set", net.ErrClosed)
	}
	for _, d := range deadlines {
		d.at = t
		d.passed = !t.IsZero() && !t.After(c.now)
		if d.passed {
			d.passes.Broadcast()
		}
		if !d.isSettled() {
			c.post()
		}
	}
	return nil
}

func (d *deadline) isPending() bool { return !d.at.IsZero() && !d.passed }

// isSettled reports whether the queue has the callback that d needs, and no
// other.
func (d *deadline) isSettled() bool {
	if d.isPending() {
		return d.callback != 0 && d.due.Equal(d.at)
	}
	return d.callback == 0
}

// settle settles d, on the queue's goroutine and under mu.
func (c *conn) settle(d *deadline) {
	if c.closed || c.free {
		d.at = time.Time{}
	}
	if d.isSettled() {
		return
	}
	if d.callback != 0 {
		c.listener.queue.Cancel(d.callback)
		d.callback = 0
	}
	if d.isPending() {
		d.due = d.at
		d.callback = c.listener.queue.Set(d.at.Sub(c.now), func(timer.ID) { c.pass(d) })
	}
}

// pass is d's callback.
func (c *conn) pass(d *deadline) {
	c.mu.Lock()
	defer c.mu.Unlock()
	d.callback = 0
	if d.due.Equal(d.at) {
		d.passed = true
		d.passes.Broadcast()
	}
}
