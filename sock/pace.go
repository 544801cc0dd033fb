package sock

import (
	"time"

	"sockhttp/sock/internal/backoff"
	"sockhttp/timer"
)

// A Pace says how often the callbacks look at their sockets and how long they
// wait there, and with that how long clients may keep each other waiting.
//
// A callback that is due waits for those that were due before it. Each of them
// is called once before it, since it sets itself again for an interval later,
// and waits out its poll. So with n clients no callback is late by more than
// ListenWait + n × PollWait, whatever the clients do, and what a client sends is
// read within Interval more than that: at the post's pace 0.48 s with its 28
// units. At the eager pace polls wait only while no other callback is due, and
// what a client sends is read within Interval.
type Pace struct {
	// Interval is the time from one call of a callback to its next, which
	// the post has at 0.1 s.
	Interval time.Duration

	// ListenWait is how long ListenerCallback waits for a client, and
	// PollWait how long ServerCallback waits for input: the timeouts of
	// the post's two FILE_POLL_INPUT, 0.1 s and 0.01 s. Zero does not wait.
	ListenWait, PollWait time.Duration

	// Batch is how many clients one ListenerCallback accepts at most. The
	// post's accepts one.
	Batch int

	// Eager makes the three times above the longest ones. A callback that
	// found something to do is set again at once. One whose socket has just
	// gone quiet is too, for 2 ms; then after 1 ms, 2 ms and so on up to
	// Interval. And no poll waits while another callback is due.
	Eager bool
}

// Posted is the pace of the post: every callback again 0.1 s after it ran,
// one client a call, and every poll waits out its time.
func Posted() Pace {
	return Pace{Interval: 100 * time.Millisecond, ListenWait: 100 * time.Millisecond, PollWait: 10 * time.Millisecond, Batch: 1}
}

// Eager polls a quiet socket as often as the post does, and a busy one without
// delay.
func Eager() Pace {
	p := Posted()
	p.Batch, p.Eager = 64, true
	return p
}

// delay is how long from now a callback is set again: interval as posted, and
// at most interval at the eager pace.
func (p *Pace) delay(interval time.Duration, b *backoff.Backoff, now time.Duration) time.Duration {
	if p.Eager {
		return b.Next(now, interval)
	}
	return interval
}

// mayWait is how long a poll may wait, at most limit. To call interrupt ends the
// wait.
func (p *Pace) mayWait(limit time.Duration, q *timer.Queue, interrupt func()) time.Duration {
	if p.Eager && limit > 0 {
		return q.MayWait(limit, interrupt)
	}
	return limit
}
