// Package control slows down, stops and steps a server while it runs. The server
// knows nothing of it: slow motion is a clock that runs slower and a seam whose
// waits last longer, a pause is [timer.Queue.Block], and a step unblocks the queue
// for one callback. The sockets of its clients live on meanwhile.
//
// Four lines of a program change:
//
//	c := control.New(clock.New())
//	queue := timer.NewQueue(c.Clock())
//	server := sock.NewServer(queue, c.Listener(listener), routine)
//	c.Attach(queue, server)
package control

import (
	"net"
	"sync"
	"sync/atomic"
	"time"

	"sockhttp/sock"
	"sockhttp/sock/trace"
	"sockhttp/timer"

	"github.com/benbjohnson/clock"
)

// MaxSlower is how many times slower than the real time a server can run.
const MaxSlower = 1_000_000

// A Control is the clock, and the pause, of one server. After Attach, any
// goroutine may call its methods; what they do takes effect when the callback
// that is running, and its poll, has ended.
type Control struct {
	clock *slowClock
	addr  net.Addr    // of the listener
	hurry atomic.Bool // a pause or a step was asked for: a slowed poll is not waited out

	mu    sync.Mutex
	state State

	// These belong to the goroutine of the queue.
	queue    *timer.Queue
	server   *sock.Server
	trace    trace.Hooks            // the server's own
	observer func(trace.Event)      // nil if nobody observes
	until    func(trace.Event) bool // stops the server when it reports true; nil if nothing does
	steps    int                    // callbacks that are still to be called; they are not waited for
	blocked  bool
	released bool
}

// A State is how a server is being run.
type State struct {
	Paused   bool // no callback is called, and the queue's time stands still
	Pausing  bool // it is to pause as soon as the callback that is running has ended
	Running  bool // it is to pause by itself, after Step or RunTo
	Slower   int  // seconds that a second of the queue lasts
	Released bool // its listener is closed: it can no longer be paused
}

// New returns the control of a server that is to run on c, at full speed.
func New(c clock.Clock) *Control {
	control := &Control{clock: newSlowClock(c), state: State{Slower: 1}}
	control.clock.idle = control.idle
	return control
}

// Clock is the clock of the server's queue.
func (c *Control) Clock() clock.Clock { return c.clock }

// Addr is where the server listens, once Listener was called.
func (c *Control) Addr() net.Addr { return c.addr }

// Attach tells which server is controlled and on which queue, which takes its time
// from Clock. It is called when the server's Trace is set, and before the queue
// runs.
func (c *Control) Attach(queue *timer.Queue, server *sock.Server) {
	c.queue, c.server, c.trace = queue, server, server.Trace
}

// State tells how the server is being run.
func (c *Control) State() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state
}

func (c *Control) setState(f func(*State)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.state.Released {
		f(&c.state)
	}
}

// SetSlower makes a second of the queue last so many seconds, from 1 to MaxSlower.
func (c *Control) SetSlower(times int) {
	times = max(1, min(times, MaxSlower))
	c.setState(func(s *State) {
		s.Slower = times
		c.clock.change(func(r *rate) { r.slower = int64(times) })
	})
	c.queue.Post(func() {}) // Run waits anew
}

// Pause stops the server after the callback that is running: no other is called,
// and the queue's time stands still. If the callback waits in a poll that is slowed
// down, the time moves on to the end of that.
func (c *Control) Pause() {
	c.setState(func(s *State) { s.Pausing = !s.Paused })
	c.hurry.Store(true)
	c.queue.Post(func() {
		c.stopAt(nil)
		c.block()
	})
}

// Resume lets the server run on.
func (c *Control) Resume() { c.queue.Post(func() { c.stopAt(nil); c.unblock() }) }

// Step runs one callback and pauses. It does not wait until one is due, nor in its
// polls: the queue's time moves on. Steps that come in a hurry are all made, and
// each ends a slowed poll that was waiting, as Pause does.
func (c *Control) Step() {
	c.hurry.Store(true)
	c.queue.Post(func() {
		steps := c.steps + 1
		c.stopAt(c.isLastStep)
		c.unblock()
		c.steps = steps
	})
}

func (c *Control) isLastStep(e trace.Event) bool {
	if e.Kind == trace.TimerFired {
		c.steps--
	}
	return c.steps == 0
}

// RunTo lets the server run until match, which is called on the goroutine of the
// queue, reports true of an event. It pauses after the callback in which that was,
// whose polls then wait no more.
func (c *Control) RunTo(match func(trace.Event) bool) {
	c.queue.Post(func() { c.stopAt(match); c.unblock() })
}

// Observe has f called with each event, after the server's own trace and on the
// goroutine of the queue; nil calls nothing, and then costs nothing.
func (c *Control) Observe(f func(trace.Event)) {
	c.queue.Post(func() { c.observer = f; c.setTrace() })
}

// SetPace has the server poll at another pace from now on.
func (c *Control) SetPace(pace sock.Pace) {
	c.queue.Post(func() { c.server.Pace = pace })
}

// stopAt sets what stops the server, or nil for nothing.
func (c *Control) stopAt(until func(trace.Event) bool) {
	c.until, c.steps = until, 0
	c.setTrace()
}

func (c *Control) setTrace() {
	c.server.Trace = c.trace
	if c.observer != nil || c.until != nil {
		c.server.Trace = trace.All(c.event)
	}
}

func (c *Control) event(e trace.Event) {
	if own := c.trace[e.Kind]; own != nil {
		own(e)
	}
	if c.observer != nil {
		c.observer(e)
	}
	if c.until != nil && c.until(e) {
		c.stopAt(nil)
		c.block()
	}
}

// block takes effect when the callback that is running has returned; see idle.
func (c *Control) block() {
	if c.released {
		return
	}
	c.blocked = true
	c.queue.Block()
	c.setState(func(s *State) { s.Pausing, s.Running = !s.Paused, false })
}

func (c *Control) unblock() {
	c.hurry.Store(false)
	c.blocked = false
	c.clock.stand(false)
	c.queue.Unblock()
	c.setState(func(s *State) { s.Paused, s.Pausing, s.Running = false, false, c.until != nil })
}

// Release lets the server run on at full speed, and for good. It is for a program
// that is about to shut it down.
func (c *Control) Release() {
	c.hurry.Store(true)
	c.queue.Post(c.release)
}

func (c *Control) release() {
	c.released = true
	if c.queue != nil {
		c.stopAt(nil)
		c.unblock()
	}
	c.setState(func(s *State) {
		*s = State{Slower: 1, Released: true}
		c.clock.change(func(r *rate) { r.slower = 1 })
	})
}

// idle is called when the queue has nothing to do and is about to wait for d. It
// returns what is to be waited. If the queue is blocked, the callback that was let
// through has returned by then, and the time stands still.
func (c *Control) idle(d time.Duration) time.Duration {
	_, pending := c.queue.Next()
	switch {
	case c.blocked:
		c.clock.stand(true)
		c.setState(func(s *State) { s.Paused, s.Pausing = true, false })
	case c.steps > 0 && pending:
		c.clock.skip(d)
		return 0
	}
	return d
}
