// Package trace is what package sock tells of its work: events, one after the
// other, of which timelines, logs and viewers are made.
package trace

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"
)

// An Event is one thing that a server or a client of package sock did.
type Event struct {
	Time time.Time // by the queue's clock
	Kind Kind
	LUN  int      // the unit it happened to
	Addr net.Addr // of the other side; nil for the listener, or without a connection

	Callback string        // TimerSet, TimerFired: ListenerCallback, ClientCallback, ServerCallback or LingerCallback
	Delay    time.Duration // TimerSet: until the callback is called
	Wait     time.Duration // PollBegun: the longest that the poll waits
	Took     time.Duration // Replied: since the request began; Freed: since the client was accepted
	Bytes    int64         // PollEnded: read; Wrote: written; Replied: written of the reply; Freed: written in all
	Of       int64         // Replied: bytes of the whole reply, if it was cut short; else 0
	Note     string        // Replied: what the routine noted, see Note of a sock.Unit
	Err      error         // PollEnded: why there was no input; AcceptFailed, ConnectFailed, Dropped: why; Replied: why it was cut short
}

// Kind is the kind of an [Event].
type Kind int

const (
	TimerSet      Kind = iota // a callback was set
	TimerFired                // a callback was called
	PollBegun                 // a socket is asked for input
	PollEnded                 // what it answered
	Accepted                  // a client was taken and given a unit
	AcceptFailed              // a client could not be taken
	Connected                 // a client has reached its server, and has a unit
	ConnectFailed             // a client could not reach its server, and tries again
	Dispatched                // the routine is called
	Wrote                     // output was sent
	Replied                   // a reply was sent, or given up; the first request began with Accepted, others with their input
	Dropped                   // a client is given up
	Freed                     // a unit was given back
	Closed                    // a freed unit's connection was closed
)

// AppendLine appends the event as a line of a timeline, without the line's end:
// the seconds since start, the unit, what happened.
func (e Event) AppendLine(b []byte, start time.Time) []byte {
	return fmt.Appendf(b, "%9.6f  %3d  %v", e.Time.Sub(start).Seconds(), e.LUN, e)
}

// String says what happened, without time and unit.
func (e Event) String() string {
	switch e.Kind {
	case TimerSet:
		return fmt.Sprintf("%s set in %v", e.Callback, e.Delay)
	case TimerFired:
		return e.Callback
	case PollBegun:
		return fmt.Sprintf("poll, waiting up to %v", e.Wait)
	case PollEnded:
		switch {
		case errors.Is(e.Err, os.ErrDeadlineExceeded):
			return "poll ended: nothing"
		case e.Err == io.EOF:
			return "poll ended: the client has shut its side"
		case e.Err != nil:
			return fmt.Sprintf("poll ended: %v", e.Err)
		case e.Bytes == 0:
			return "poll ended: a client is waiting"
		}
		return fmt.Sprintf("poll ended: %d bytes", e.Bytes)
	case Accepted:
		return fmt.Sprintf("accepted %v", e.Addr)
	case AcceptFailed:
		return fmt.Sprintf("accept failed: %v", e.Err)
	case Connected:
		return fmt.Sprintf("connected to %v", e.Addr)
	case ConnectFailed:
		return fmt.Sprintf("connecting failed: %v", e.Err)
	case Dispatched:
		return "routine called"
	case Wrote:
		return fmt.Sprintf("wrote %d bytes", e.Bytes)
	case Replied:
		if e.Of > 0 {
			return fmt.Sprintf("replied after %v: %s, %d of %d bytes", e.Took, e.Note, e.Bytes, e.Of)
		}
		return fmt.Sprintf("replied after %v: %s, %d bytes", e.Took, e.Note, e.Bytes)
	case Dropped:
		return fmt.Sprintf("dropped: %v", e.Err)
	case Freed:
		return fmt.Sprintf("freed after %v, %d bytes written", e.Took, e.Bytes)
	case Closed:
		return "closed"
	}
	return fmt.Sprintf("event %d", int(e.Kind))
}

// Hooks are what a server or a client calls with the events of each kind, on the
// goroutine of its queue. They are indexed by Kind; a kind without a hook costs
// nothing.
type Hooks [Closed + 1]func(Event)

// All returns hooks that call f with every event.
func All(f func(Event)) (h Hooks) {
	for kind := range h {
		h[kind] = f
	}
	return h
}
