// Package timer is IDL's TIMER, a queue of callbacks, each of which runs at its
// time. [Queue.Set] has a callback run once, some time from now. A system that
// polls is made of callbacks that set themselves again.
package timer

import (
	"time"

	"sockhttp/timer/internal/pending"

	"github.com/benbjohnson/clock"
)

// A Queue holds callbacks in the order in which they will run: by due time, and
// among equal due times by the order in which they were set. Callbacks never
// overlap: one that falls due while another runs is called when that returns.
//
// One goroutine owns a queue: the one that calls Step or Run, on which its
// callbacks therefore run. Only Post may be called from others.
//
// With n callbacks pending, to set or run one takes O(log n) and no memory; O(1) for
// those that are due, within a second, after all that were set before.
type Queue struct {
	clock    clock.Clock
	start    time.Time                 // times in the queue are distances from here
	latest   time.Duration             // the latest time seen: the queue's time never goes back
	pending  pending.Entries[Callback] // due since start
	last     ID                        // the newest ID given out
	blocked  bool
	stepping bool
	inbox    inbox
}

// An ID names one callback that was set, to the queue that it was set in. IDs
// count up from 1: none is given out twice, and 0 names none.
type ID uint64

// NewQueue returns an empty queue that takes its time from c: [clock.New], or
// any other clock. The queue calls Now and Since of it, and Run also Timer.
func NewQueue(c clock.Clock) *Queue {
	return &Queue{clock: c, start: c.Now(), inbox: inbox{wake: make(chan struct{}, 1)}}
}

// Now is the queue's time: its clock's, except that it never goes back.
func (q *Queue) Now() time.Time { return q.start.Add(q.Elapsed()) }

// Elapsed is the queue's time as a distance from when the queue was made, which
// takes a third of the memory.
func (q *Queue) Elapsed() time.Duration {
	q.latest = max(q.latest, q.clock.Since(q.start))
	return q.latest
}

// maxDelay is the longest delay: a longer one would overflow the queue's time.
const maxDelay = 100 * 365 * 24 * time.Hour

// Set has callback called once, delay from now (IDL's Timer.Set, whose delay is
// in seconds), or in 100 years if delay is longer. With a delay of zero or less
// it is called as soon as possible: in the next step, never in the one that is
// running. The callback gets the ID that Set returned.
func (q *Queue) Set(delay time.Duration, callback func(ID)) ID {
	return q.SetFrom(q.Elapsed(), delay, Func(callback))
}

// A Callback is called when it is due. It knows what it is called for, which IDL's
// Timer.Set takes as user data. If it is a pointer, to set it takes no memory.
type Callback interface{ Call(id ID) }

// Func is a function as a Callback.
type Func func(ID)

// Call calls f.
func (f Func) Call(id ID) { f(id) }

// SetFrom is Set for a delay from a time that Elapsed has told before, which saves a
// look at the clock. A time that is past is a delay of zero. Callbacks that are set
// for the same time to come run in the order in which they were set.
func (q *Queue) SetFrom(from, delay time.Duration, callback Callback) ID {
	if f, isFunc := callback.(Func); callback == nil || isFunc && f == nil {
		panic("timer: there is no callback to set")
	}
	q.last++
	e := pending.Entry[Callback]{Due: max(from+max(0, min(delay, maxDelay)), q.latest), ID: uint64(q.last), Callback: callback}
	q.pending.Add(e, q.latest)
	return q.last
}

// Every has callback called at each multiple of period from now, until cancel
// is called, which the callback itself may do. The times are computed from the
// start, so they never drift; those that passed while something else ran are
// skipped. Every panics if period is not above zero.
func (q *Queue) Every(period time.Duration, callback func()) (cancel func()) {
	if period <= 0 {
		panic("timer: Every needs a period above zero, not " + period.String())
	}
	start, cancelled := q.Elapsed(), false
	var id ID
	var repeat func(ID)
	repeat = func(ID) {
		callback()
		if !cancelled {
			id = q.Set(period-(q.Elapsed()-start)%period, repeat)
		}
	}
	id = q.Set(period, repeat)
	return func() {
		cancelled = true
		q.Cancel(id)
	}
}

// Cancel takes a callback out of the queue (IDL's Timer.Cancel) and reports
// whether it was there: false means that it has begun to run, was cancelled
// before, or never was. It takes O(n).
func (q *Queue) Cancel(id ID) bool { return q.pending.Cancel(uint64(id)) }

// Block stops callbacks from being called (IDL's Timer.Block); time goes on. A
// callback that blocks the queue returns before the block takes effect.
func (q *Queue) Block() { q.blocked = true }

// Unblock lets callbacks be called again (IDL's Timer.Unblock): the next step
// runs all that fell due meanwhile, in order.
func (q *Queue) Unblock() { q.blocked = false }

// Len is the number of callbacks pending.
func (q *Queue) Len() int { return q.pending.Len() }

// Next is when the next step has something to do, which may be in the past. It
// reports false when there is nothing: nothing was posted, and no callback is
// pending or the queue is blocked.
func (q *Queue) Next() (due time.Time, isPending bool) {
	if q.inbox.full.Load() {
		return q.Now(), true
	}
	next := q.pending.Next()
	if q.blocked || next == nil {
		return time.Time{}, false
	}
	return q.start.Add(next.Due), true
}
