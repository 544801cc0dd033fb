package timer

import (
	"sync"
	"sync/atomic"
	"time"
)

// Post has f called on the queue's goroutine: in its next step, before the
// callbacks that are due, in the order of posting, and even while the queue is
// blocked. It wakes Run, and ends a wait that MayWait allowed. Any goroutine may
// call Post.
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
// goroutine calls interrupt, which must not call Post. It may do so after the
// wait has ended, too, until the callback returns, which must do no harm.
func (q *Queue) MayWait(limit time.Duration, interrupt func()) time.Duration {
	if next := q.pending.Next(); next != nil && next.Due <= q.latest && !q.blocked {
		return 0 // without a look at the clock: so it is for nearly all of many callbacks
	}
	if due, pending := q.Next(); pending {
		limit = min(limit, due.Sub(q.Now()))
	}
	b := &q.inbox
	b.mu.Lock()
	defer b.mu.Unlock()
	if limit <= 0 || len(b.posted) > 0 {
		b.interrupt = nil
		return 0
	}
	b.interrupt = interrupt
	return limit
}

// An inbox holds what was posted, for which several goroutines use it.
type inbox struct {
	full atomic.Bool   // something is in it
	wake chan struct{} // tells Run so

	mu        sync.Mutex
	posted    []func()
	interrupt func() // of the callback that is running, if it may wait; the queue's goroutine alone sets it
}

// endWait is called when a callback has returned: it waits no more.
func (b *inbox) endWait() {
	if b.interrupt == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.interrupt = nil
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
