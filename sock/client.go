package sock

import (
	"errors"
	"fmt"
	"os"
	"time"

	"sockhttp/sock/internal/backoff"
	"sockhttp/sock/trace"
	"sockhttp/timer"
)

// A Client is the other side of a [Server]: it connects, and tries again until
// the server is there. The connection is then a [Unit], polled by the same
// ServerCallback, with a routine that is called first without input, so that it
// can send its request. Free ends it.
//
// Fields are set before Start and left alone from then on. Methods belong to
// the goroutine of the queue.
type Client struct {
	Poller

	DialTimeout time.Duration // for the server to be there; 10 s unless set

	// OnRetry, unless nil, is called with the first error from connecting,
	// which is then tried again.
	OnRetry func(err error)

	// OnDone, unless nil, is called once, when it is over: with the reason, if
	// the server could not be reached or the unit was dropped; with nil if
	// the routine has had its say, as when it has freed its unit or has been
	// called with the unit's Err.
	OnDone func(err error)

	dialer         Dialer
	clientCallback timer.Func
	began          time.Duration
	retried        bool
}

// NewClient returns a client of the server that dialer connects to, at the
// eager pace. It does nothing before Start.
func NewClient(queue *timer.Queue, dialer Dialer, routine Routine) *Client {
	c := &Client{Poller: newPoller(queue, routine, listenerLUN), DialTimeout: 10 * time.Second, dialer: dialer}
	c.alone, c.onPlace, c.onClose = true, func() {}, c.end
	return c
}

// Start sets the first ClientCallback, for now.
func (c *Client) Start() {
	c.began = c.readClock()
	c.clientCallback = func(id timer.ID) { c.call("ClientCallback", nil, func() { c.ClientCallback(id) }) }
	c.set(nil, "ClientCallback", 0, c.clientCallback)
}

// ClientCallback is ListenerCallback's counterpart: it connects to the server
// and sets a ServerCallback for the connection or, if the server is not there,
// sets itself again.
func (c *Client) ClientCallback(timer.ID) {
	wait := c.Pace.mayWait(c.Pace.PollWait, c.queue, nil)
	conn, err := c.dialer.Dial(wait)
	if err != nil {
		c.retry(err)
		return
	}
	server := c.admit(conn)
	server.input.ready = true // for its request
	c.trace(server, trace.Event{Kind: trace.Connected})
	c.setServerCallback(server, c.Pace.Interval)
}

// retry has the client connect again after err, unless its time is over.
func (c *Client) retry(err error) {
	pending := errors.Is(err, os.ErrDeadlineExceeded)
	if !pending {
		c.trace(nil, trace.Event{Kind: trace.ConnectFailed, Err: err})
	}
	if waited := c.readClock() - c.began; waited >= c.DialTimeout {
		c.dialer.Close()
		c.end(fmt.Errorf("the server was not there for %v: %w", waited.Round(time.Millisecond), err))
		return
	}
	if !pending && !c.retried && c.OnRetry != nil {
		c.retried = true
		c.OnRetry(err)
	}
	delay := c.Pace.Interval
	if pending && c.Pace.Eager {
		delay = min(delay, backoff.First)
	}
	c.set(nil, "ClientCallback", delay, c.clientCallback)
}

func (c *Client) end(err error) {
	if c.OnDone != nil {
		c.OnDone(err)
	}
}
