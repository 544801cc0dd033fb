package timer

import (
	"sync"
	"sync/atomic"
	"time"
)

// Post has f called on the queue's goroutine: in its next step, before the
// callbacks that are due, in the order of posting, and even while the queue is
// blocked. It wakes Run, and a callback that waits that MayWait has let wait. Any
// goroutine may call Post.
func (q *Queue) Post(f func()) {
	b := &q.inbox
	b.mu.Lock()
	defer b.mu.Unlock()
	b.posted = append(b.posted, f)
	b.full.Store(true)
	if b.interrupt != nil {
		b.interrupt()
	}
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// MayWait is how much of limit the callback that is running may wait without
// keeping others waiting: until the next callback is due, and not at all if
// something was posted. Should something be posted while it waits, the posting
// goroutine calls interrupt. It may also do so after the wait has ended, which
// must do no harm. The interrupt must not call Post.
func (q *Queue) MayWait(limit time.Duration, interrupt func()) time.Duration {
	if q.untilNext(limit) == 0 {
		q.inbox.setInterrupt(nil)
		return 0
	}
	q.inbox.setInterrupt(interrupt)
	return q.untilNext(limit) // something may have been posted meanwhile
}

// untilNext is the time until the next callback is due, or limit if that is less.
func (q *Queue) untilNext(limit time.Duration) time.Duration {
	if next, pending := q.Next(); pending {
		return max(0, min(limit, next.Sub(q.Now())))
	}
	return limit
}

// An inbox holds what was posted: the one part of a queue that several
// goroutines use.
type inbox struct {
	full atomic.Bool   // something is in it
	wake chan struct{} // tells Run so

	mu        sync.Mutex
	posted    []func()
	interrupt func() // of the last MayWait
}

func (b *inbox) setInterrupt(interrupt func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.interrupt = interrupt
}

// take empties the inbox.
func (b *inbox) take() []func() {
	if !b.full.Load() {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	posted := b.posted
	b.posted = nil
	b.full.Store(false)
	return posted
}
