// Package backoff is how the eager pace lets a socket that has gone quiet rest:
// its callback is set again at once for 2 ms, and then after 1 ms, 2 ms and so
// on. Callbacks that have come to the longest delay rest: they are called at one of
// ten ticks in it. So the loop wakes less often for them, and those who are polled
// one after the other stay in their order. Each keeps its tick, however late it is
// called; else those of many ticks would come together whenever the loop is held
// up, and would hold it up themselves.
package backoff

import "time"

const (
	spin = 2 * time.Millisecond // how long a quiet socket is looked at again at once

	// First is the delay after that, which doubles.
	First = time.Millisecond

	ticks = 10 // in the longest delay
)

// A Backoff is what is remembered of one callback.
type Backoff struct {
	lastActive time.Duration // when it last found something to do
	lastDelay  time.Duration // with which it was set again
}

// Active notes that the callback has found something to do.
func (b *Backoff) Active(now time.Duration) { b.lastActive, b.lastDelay = now, 0 }

// Spin is for how long from now the callback is set again at once; zero or less
// if it no longer is.
func (b *Backoff) Spin(now time.Duration) time.Duration { return spin - (now - b.lastActive) }

// Next is the delay, at most longest, with which the callback is set again. Once
// it rests, the delay ends on its tick.
func (b *Backoff) Next(now, longest time.Duration) time.Duration {
	if b.Spin(now) > 0 {
		return 0
	}
	b.lastDelay = min(max(First, 2*b.lastDelay), longest)
	if b.lastDelay < longest {
		return b.lastDelay
	}
	tick := b.lastActive.Truncate(max(1, longest/ticks))
	return longest - (now-tick)%max(1, longest)
}
