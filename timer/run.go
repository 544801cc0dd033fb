package timer

import (
	"context"
	"time"
)

// Step calls what was posted and then, in order, the callbacks that are due. It
// returns what Next then says. What a callback sets is left to a later step,
// even if it is due at once, so that no callback can starve the rest. Step
// panics if it is called while a step is running.
func (q *Queue) Step() (next time.Time, pending bool) {
	if q.stepping {
		panic("timer: Step called while a step is running")
	}
	q.stepping = true
	defer func() { q.stepping = false }()
	for _, f := range q.inbox.take() {
		f()
	}
	now, last := q.Elapsed(), q.last
	for !q.blocked && q.pending.IsDue(now, uint64(last)) {
		e := q.pending.Take()
		e.Callback.Call(ID(e.ID))
		q.inbox.endWait()
	}
	return q.Next()
}

// Run is the loop: it steps through the queue until ctx ends, and waits on the
// clock from one due callback to the next. It does not interrupt a callback
// that is running when ctx ends.
//
// Of the clock, Run uses one Timer, for the next callback. Handing each callback
// to the clock's AfterFunc would be simpler, and wrong: the mock of that clock
// runs such functions on goroutines of their own, in no certain order when they
// are due at the same time, and sleeps 1 ms of real time whenever it is moved. A
// test steps the queue instead, or calls Run in a bubble of testing/synctest.
func (q *Queue) Run(ctx context.Context) {
	for ctx.Err() == nil {
		wait := maxDelay
		if next, pending := q.Step(); pending {
			wait = next.Sub(q.Now())
		}
		if wait <= 0 {
			continue
		}
		t := q.clock.Timer(wait)
		select {
		case <-ctx.Done():
		case <-q.inbox.wake:
		case <-t.C:
		}
		t.Stop()
	}
}
