package swarm

import (
	"container/heap"
	"errors"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"sockhttp/sock/trace"
)

// A checker checks every event of a server against what must hold at any time:
//
//   - Time never goes back.
//   - Callbacks are called in the order of their times, then of their setting;
//     none before its time, none twice. They cannot overlap if they are called
//     in the order of the queue's own rule, and their polls end before the next
//     is called.
//   - No callback is later than the others may keep it waiting. At the posted
//     pace a callback that is due waits for those that were due before it, each
//     of them once, since it sets itself again for an interval later: for one
//     ListenerCallback, and one ServerCallback for each other unit, each of
//     which waits out its poll. At the eager pace no poll waits for longer
//     than until the next callback is due, so nobody waits for a poll. What
//     comes on top is the time of the step that is running.
//   - A client has its limits: ten seconds to end its header, thirty from one
//     byte sent to the next, ten of lingering; see slack for how much later
//     they may be noticed.
type checker struct {
	s       *swarm
	clients map[net.Addr]*client
	pending callbacks
	set     int
	last    time.Time
	failed  time.Time // when a client last could not be accepted
	polling bool
}

// A callback is one that was set.
type callback struct {
	due      time.Time
	seq      int
	addr     net.Addr // of its client, nil for the listener
	callback string
}

// late is how late a callback may be called.
func (k *checker) late() time.Duration {
	s := k.s
	late := s.StepTime + s.skipped + s.slowed
	if !s.Pace.Eager {
		late += s.Pace.ListenWait + time.Duration(s.Limits.MaxClients)*s.Pace.PollWait
	}
	return late
}

// slack is how late a limit may be noticed: by a callback that was set just
// before, and is called late, and whose poll then waits.
func (k *checker) slack() time.Duration {
	return k.s.Pace.Interval + k.late() + k.s.Pace.PollWait
}

func (k *checker) check(e trace.Event) {
	s := k.s
	now := s.Since(e.Time)
	if e.Time.Before(k.last) || !e.Time.Equal(s.Clock().Now()) {
		s.Failf("%v: the time was %v and is %v", e, k.last, e.Time)
	}
	k.last = e.Time
	c := k.clients[e.Addr]
	if k.polling != (e.Kind == trace.PollEnded) {
		s.Failf("%v: polls must end before anything else is done", e)
	}
	k.polling = e.Kind == trace.PollBegun

	switch e.Kind {
	case trace.TimerSet:
		if e.Delay < 0 || e.Delay > s.Pace.Interval {
			s.Failf("%v: beyond the interval", e)
		}
		// A client that keeps its place is called at once, in place of later. If it
		// were called then, too, nothing would be pending for it.
		if i := slices.IndexFunc(k.pending, func(p callback) bool { return p.addr == e.Addr && p.callback == e.Callback }); i >= 0 && e.Delay == 0 {
			heap.Remove(&k.pending, i)
		}
		k.set++
		heap.Push(&k.pending, callback{e.Time.Add(e.Delay), k.set, e.Addr, e.Callback})
	case trace.TimerFired:
		if len(k.pending) == 0 {
			s.Failf("%v is called, and was not set", e)
			return
		}
		next := heap.Pop(&k.pending).(callback)
		if next.addr != e.Addr || next.callback != e.Callback {
			s.Failf("unit %d: %v is called before %v of %s, which was due at %v", e.LUN, e, next.callback, next.addr, s.Since(next.due))
		}
		if late := e.Time.Sub(next.due); late < 0 || late > k.late() {
			s.Failf("unit %d: %v is called %v after it was due; at most %v is promised", e.LUN, e, late, k.late())
		}
	case trace.PollBegun:
		limit := s.Pace.PollWait
		if c == nil {
			limit = s.Pace.ListenWait
		}
		if e.Wait > limit || s.Pace.Eager && len(k.pending) > 0 && e.Time.Add(e.Wait).After(later(k.pending[0].due, e.Time)) {
			s.Failf("unit %d: %v, with the next callback due at %v", e.LUN, e, s.Since(k.pending[0].due))
		}
		if c != nil && c.freed >= 0 {
			c.failf("polled at %v, after it was freed", now)
		}
	case trace.Accepted:
		c.accepted, c.progress = now, now
		if held := k.held(); held > s.Limits.MaxClients {
			c.failf("it is accepted as number %d", held)
		}
	case trace.PollEnded:
		if c != nil {
			c.asked += e.Bytes
		} else if e.Err != nil && !errors.Is(e.Err, os.ErrDeadlineExceeded) {
			k.failed = e.Time
		}
	case trace.Dispatched:
		c.progress = now
		c.shares = c.shares || k.held() == s.Limits.MaxClients
	case trace.Wrote:
		c.progress = now
	case trace.Replied:
		c.replied++
		c.asked = 0
	case trace.Freed:
		c.freed = now
		by := max(c.accepted+s.Limits.InputTimeout, c.progress+s.Limits.SendTimeout) + k.slack()
		if now > by {
			c.failf("it is freed at %v, later than %v", now, by)
		}
	case trace.Dropped:
		if strings.Contains(e.Err.Error(), "its place is needed") {
			k.checkGivenUp(c)
			break
		}
		if errors.Is(e.Err, os.ErrDeadlineExceeded) && now < c.progress+s.Limits.SendTimeout {
			c.failf("it is given up at %v, after a last byte at %v", now, c.progress)
		}
	case trace.Closed:
		c.closed = now
		if now > c.freed+s.Limits.LingerTimeout+k.slack() {
			c.failf("it lingers from %v to %v", c.freed, now)
		}
	}
}

// checkGivenUp checks that c's place was needed, and that c did not need it.
func (k *checker) checkGivenUp(c *client) {
	c.gaveUp = true
	if c.asked > int64(len("\r\n")) { // an empty line asks for nothing
		c.failf("it gives up its place within a request")
	}
	noDescriptor := !k.failed.IsZero() && k.failed.Equal(k.last) // that is what it gives up, then
	if held := k.held(); held != k.s.Limits.MaxClients && !noDescriptor {
		c.failf("it gives up its place when %d of %d are held", held, k.s.Limits.MaxClients)
	}
}

// held is the number of units that clients hold.
func (k *checker) held() (held int) {
	for _, c := range k.s.clients {
		if c.accepted >= 0 && c.freed < 0 {
			held++
		}
	}
	return held
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// callbacks is a heap in the order of the queue's rule.
type callbacks []callback

func (h callbacks) Len() int { return len(h) }
func (h callbacks) Less(i, j int) bool {
	if c := h[i].due.Compare(h[j].due); c != 0 {
		return c < 0
	}
	return h[i].seq < h[j].seq
}
func (h callbacks) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *callbacks) Push(x any)   { *h = append(*h, x.(callback)) }
func (h *callbacks) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}
