// Package timer is a queue of callbacks, each to be run at its time: IDL's
// TIMER, which the server of this repository is built on.
//
// A callback is set to run once, some delay from now ([Queue.Set]). Callbacks
// never overlap: one that falls due while another runs is called when that one
// returns. A system that polls is made of callbacks that set themselves again.
//
// The queue is stepped by hand ([Queue.Step]) where a test wants to own the
// time, or by [Queue.Run], which waits on a clock between the steps.
package timer

import (
	"context"
	"math"
	"sync"
	"time"

	"github.com/benbjohnson/clock"
)

// A Queue holds callbacks in the order in which they will run: by due time,
// and among equal due times by the order in which they were set.
//
// Setting, cancelling and firing cost O(log n) for n callbacks pending and no
// allocation once the queue has grown to its working size.
//
// Step and Run call the callbacks and belong to one goroutine at a time. Every
// other method may be called from any goroutine, callbacks included.
type Queue struct {
	clock clock.Clock
	start time.Time     // times in the queue are distances from here
	wake  chan struct{} // tells Run that what it waits for has changed

	mu       sync.Mutex
	latest   time.Duration // the latest time seen: the queue's time never goes back
	set      uint64        // how often a callback was set: the tie rule, and the source of IDs
	heap     []entry       // the callbacks pending; the next to run is heap[0]
	slots    []slot        // what the entries stand for
	free     []int32       // slots that nobody holds
	blocked  bool
	stepping bool
}

// An entry is a callback's place in the heap. It holds what the order needs,
// so that comparing two touches nothing else.
type entry struct {
	due  time.Duration
	seq  uint64
	slot int32
}

type slot struct {
	id       uint64 // the serial number of the ID that holds the slot; 0 when free
	callback func(ID)
	start    time.Duration // of a repeating callback
	period   time.Duration // 0 for a callback that runs once
	pos      int           // place in the heap; notQueued while a repeating callback runs
}

const notQueued = -1

// An ID names one callback that was set. It is never given out twice. The zero
// ID names none.
type ID struct {
	serial uint64
	slot   int32
}

// NewQueue returns an empty queue that takes its time from c, which must be
// [clock.New] or any other clock; only Now and Since are asked of it, and by
// Run also Timer.
func NewQueue(c clock.Clock) *Queue {
	return &Queue{clock: c, start: c.Now(), wake: make(chan struct{}, 1)}
}

// Now is the queue's time: its clock's, except that it never goes back.
func (q *Queue) Now() time.Time {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.start.Add(q.now())
}

func (q *Queue) now() time.Duration {
	q.latest = max(q.latest, q.clock.Since(q.start))
	return q.latest
}

// Set has callback called once, delay from now (IDL's Timer.Set, whose delay
// is in seconds). A delay of zero or less means as soon as possible, which is
// the next step and never the one that is being run. The callback gets the ID
// that Set returned.
func (q *Queue) Set(delay time.Duration, callback func(ID)) ID {
	q.mu.Lock()
	defer q.mu.Unlock()
	id := q.take(callback)
	q.push(id.slot, later(q.now(), delay))
	return id
}

// Every has callback called at each multiple of period from now, until it is
// cancelled. The times are computed from the start, so they never drift;
// periods that passed while something else ran are skipped, not made up for.
// Among callbacks due at the same time, a repeating one counts as set when its
// last call returned. Every panics if period is not above zero.
func (q *Queue) Every(period time.Duration, callback func(ID)) ID {
	if period <= 0 {
		panic("timer: Every needs a period above zero, not " + period.String())
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	id := q.take(callback)
	s := &q.slots[id.slot]
	s.start, s.period = q.now(), period
	q.push(id.slot, later(s.start, period))
	return id
}

// Cancel takes a callback out of the queue (IDL's Timer.Cancel) and reports
// whether it was there: false means that it has run, was cancelled before, or
// never was. A repeating callback may cancel itself while it runs.
func (q *Queue) Cancel(id ID) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if id.serial == 0 || int(id.slot) >= len(q.slots) || q.slots[id.slot].id != id.serial {
		return false
	}
	if pos := q.slots[id.slot].pos; pos != notQueued {
		q.remove(pos)
	}
	q.release(id.slot)
	return true
}

// Block stops callbacks from being called (IDL's Timer.Block); time goes on.
// A callback that blocks returns before the block takes effect. Blocking twice
// is the same as once.
func (q *Queue) Block() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.blocked = true
}

// Unblock lets callbacks be called again (IDL's Timer.Unblock): all that fell
// due meanwhile run, in order.
func (q *Queue) Unblock() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.blocked = false
	q.signal()
}

// Len is the number of callbacks pending.
func (q *Queue) Len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.heap)
}

// Next is the time at which the next callback is due, which may have passed.
// It reports false when none will run: the queue is empty, or blocked.
func (q *Queue) Next() (due time.Time, pending bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.next()
}

func (q *Queue) next() (due time.Time, pending bool) {
	if q.blocked || len(q.heap) == 0 {
		return time.Time{}, false
	}
	return q.start.Add(q.heap[0].due), true
}

// Wait is how long it is until the next callback is due, at least 0 and at
// most limit: what a callback may spend on waiting without keeping another
// one waiting.
func (q *Queue) Wait(limit time.Duration) time.Duration {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.blocked || len(q.heap) == 0 {
		return limit
	}
	return max(0, min(limit, q.heap[0].due-q.now()))
}

// Step calls, in order, the callbacks that are due when it begins, and says
// what Next says when it ends. What a callback sets is left to a later step,
// even if it is due at once, so that none can starve the rest. Step panics if
// it is called while a step is running.
func (q *Queue) Step() (next time.Time, pending bool) {
	now, end := q.begin()
	defer func() { next, pending = q.end() }()
	for id, callback := q.fire(ID{}, now, end); callback != nil; id, callback = q.fire(id, now, end) {
		callback(id)
	}
	return
}

// Run steps through the queue until ctx ends, waiting on the queue's clock
// from one due callback to the next. A callback that is running when ctx ends
// is not interrupted.
func (q *Queue) Run(ctx context.Context) {
	for ctx.Err() == nil {
		next, pending := q.Step()
		if !pending {
			select {
			case <-ctx.Done():
			case <-q.wake:
			}
			continue
		}
		wait := next.Sub(q.Now())
		if wait <= 0 {
			continue
		}
		t := q.clock.Timer(wait)
		select {
		case <-ctx.Done():
		case <-q.wake:
		case <-t.C:
		}
		t.Stop()
	}
}

// begin starts a step: it may run what is due at now and was set before end.
func (q *Queue) begin() (now time.Duration, end uint64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.stepping {
		panic("timer: Step called while a step is running")
	}
	q.stepping = true
	return q.now(), q.set
}

// end ends a step. Whatever is set from then on signals.
func (q *Queue) end() (next time.Time, pending bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.stepping = false
	return q.next()
}

// fire takes the next callback of a step out of the queue; nil when there is
// none left. Before that it queues the last one again, if it repeats.
func (q *Queue) fire(last ID, now time.Duration, end uint64) (ID, func(ID)) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.repeat(last)
	if q.blocked || len(q.heap) == 0 || q.heap[0].due > now || q.heap[0].seq > end {
		return ID{}, nil
	}
	e := q.heap[0]
	s := &q.slots[e.slot]
	id, callback := ID{s.id, e.slot}, s.callback
	q.remove(0)
	if s.period == 0 {
		q.release(e.slot)
	}
	return id, callback
}

// repeat queues a callback that has run for the first of its times still to
// come, if it repeats and has not cancelled itself.
func (q *Queue) repeat(id ID) {
	if id.serial == 0 || q.slots[id.slot].id != id.serial {
		return
	}
	s := &q.slots[id.slot]
	passed := (q.now() - s.start) / s.period
	q.push(id.slot, later(s.start+passed*s.period, s.period))
}

// signal makes Run look again. A step that is running looks when it ends.
func (q *Queue) signal() {
	if q.stepping {
		return
	}
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// take reserves a slot for callback.
func (q *Queue) take(callback func(ID)) ID {
	if callback == nil {
		panic("timer: nil callback")
	}
	if len(q.free) == 0 {
		q.slots = append(q.slots, slot{})
		q.free = append(q.free, int32(len(q.slots)-1))
	}
	n := q.free[len(q.free)-1]
	q.free = q.free[:len(q.free)-1]
	id := ID{q.set + 1, n} // push counts the setting
	q.slots[n] = slot{id: id.serial, callback: callback}
	return id
}

func (q *Queue) release(n int32) {
	q.slots[n] = slot{}
	q.free = append(q.free, n)
}

// later is t+d, where d below zero counts as zero and a sum beyond the end of
// time (292 years) is the end of time.
func later(t, d time.Duration) time.Duration {
	if d <= 0 {
		return t
	}
	if t > math.MaxInt64-d {
		return math.MaxInt64
	}
	return t + d
}
