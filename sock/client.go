package sock

import (
	"errors"
	"fmt"
	"log"
	"os"
	"time"

	"sockhttp/timer"
)

// A Client is the other side of a [Server]: it connects, and tries again until
// the server is there. The connection is then a [Unit], polled by the same
// ServerCallback, with a routine that is called at first without input, so that
// it can send its request. Free ends it.
//
// Fields are set before Start and left alone from then on. Methods belong to
// the goroutine of the queue.
type Client struct {
	Pace     Pace
	Limits   Limits
	Patience time.Duration // for the server to be there; 10 s unless set
	Log      *log.Logger   // of panics; nil: the standard logger
	Trace    Trace         // called with what happens

	// Refused, unless nil, is called with the first error from connecting,
	// which is then tried again.
	Refused func(err error)

	// Done, unless nil, is called once, when it is over: with the reason, if
	// the server could not be reached or the unit was dropped; with nil if
	// the routine has had its say, as when it has freed its unit or has been
	// called with the unit's Err.
	Done func(err error)

	queue    *timer.Queue
	dialer   Dialer
	routine  Routine
	server   *Server // has the one unit, and no listener
	callback func(timer.ID)
	began    time.Time
	refused  bool
}

// NewClient returns a client of the server that dialer connects to, at the
// eager pace. It does nothing before Start.
func NewClient(queue *timer.Queue, dialer Dialer, routine Routine) *Client {
	c := &Client{Pace: Eager(), Limits: DefaultLimits(), Patience: 10 * time.Second, queue: queue, dialer: dialer, routine: routine}
	c.callback = c.ClientCallback
	return c
}

// Start sets the first ClientCallback, for now.
func (c *Client) Start() {
	c.server = NewServer(c.queue, nil, c.routine)
	c.server.Pace, c.server.Limits, c.server.Log, c.server.Trace = c.Pace, c.Limits, c.Log, c.Trace
	c.server.firstLUN = listenerLUN // nobody listens
	c.began = c.queue.Now()
	c.server.set(nil, "ClientCallback", 0, c.callback)
}

// ClientCallback is ListenerCallback's counterpart: connect to the server and
// set a ServerCallback for the connection or, if the server is not there, set
// itself again.
func (c *Client) ClientCallback(timer.ID) {
	s := c.server
	s.trace(nil, Event{Kind: TimerFired, Callback: "ClientCallback"})
	conn, err := c.dialer.Dial(c.Pace.wait(c.Pace.PollWait, c.queue))
	if err == nil {
		unit := s.admit(conn)
		unit.again = true // for its request
		s.done = func() { c.end(unit.dropped) }
		s.trace(unit, Event{Kind: Connected})
		s.setServerCallback(unit)
		return
	}
	pending := errors.Is(err, os.ErrDeadlineExceeded)
	if !pending {
		s.trace(nil, Event{Kind: ConnectFailed, Err: err})
	}
	if waited := c.queue.Now().Sub(c.began); waited >= c.Patience {
		c.dialer.Close()
		c.end(fmt.Errorf("the server was not there for %v: %w", waited.Round(time.Millisecond), err))
		return
	}
	if !pending && !c.refused && c.Refused != nil {
		c.refused = true
		c.Refused(err)
	}
	delay := c.Pace.Interval
	if pending && c.Pace.Eager {
		delay = min(delay, firstStep)
	}
	s.set(nil, "ClientCallback", delay, c.callback)
}

func (c *Client) end(err error) {
	if c.Done != nil {
		c.Done(err)
	}
}
