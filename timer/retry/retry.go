// Package retry tries something until it succeeds, at first often and then ever
// more rarely. It is the example of TESTING.md: code that lives by a timer, with
// tests that you can copy.
package retry

import (
	"fmt"
	"time"

	"sockhttp/timer"
)

// A Retry calls Try from a timer callback until that succeeds.
type Retry struct {
	Try     func() error       // must not wait: it holds up all other callbacks
	First   time.Duration      // from the first failure to the second try
	Longest time.Duration      // the delay doubles with each failure, up to this
	Trace   func(event string) // called with what happens, unless nil

	queue *timer.Queue
	delay time.Duration
}

// Start sets the first callback, which runs in the queue's next step.
func (r *Retry) Start(queue *timer.Queue) {
	r.queue, r.delay = queue, r.First
	queue.Set(0, r.callback)
}

// callback tries once and, if that fails, sets itself again.
func (r *Retry) callback(timer.ID) {
	err := r.Try()
	if err == nil {
		r.trace("succeeded")
		return
	}
	r.trace(fmt.Sprintf("%v, again in %v", err, r.delay))
	r.queue.Set(r.delay, r.callback)
	r.delay = min(2*r.delay, r.Longest)
}

func (r *Retry) trace(event string) {
	if r.Trace != nil {
		r.Trace(event)
	}
}
