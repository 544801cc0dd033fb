package control

import (
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/benbjohnson/clock"
)

// A slowClock is a clock that runs slower than another or stands still, as it is
// told while it runs. It never goes back. Any goroutine may use it.
type slowClock struct {
	clock.Clock
	idle func(time.Duration) time.Duration // what a Timer waits, of what the queue asked for

	mu   sync.Mutex // for whoever changes the rate
	rate atomic.Pointer[rate]
}

// A rate is how fast a slowClock runs since it was changed last.
type rate struct {
	since    time.Time // by the other clock
	at       time.Time // what the slow one showed then
	slower   int64     // seconds that one of its seconds lasts
	standing bool
	same     bool // it is the other clock, and has never been another
}

func newSlowClock(c clock.Clock) *slowClock {
	s := &slowClock{Clock: c}
	s.rate.Store(&rate{slower: 1, same: true})
	return s
}

func (s *slowClock) Now() time.Time {
	r := s.rate.Load()
	switch {
	case r.same:
		return s.Clock.Now()
	case r.standing:
		return r.at
	}
	return r.at.Add(s.Clock.Since(r.since) / time.Duration(r.slower))
}

func (s *slowClock) Since(t time.Time) time.Duration {
	if s.rate.Load().same {
		return s.Clock.Since(t)
	}
	return s.Now().Sub(t)
}

func (s *slowClock) Until(t time.Time) time.Duration { return t.Sub(s.Now()) }

// Timer is what a queue waits with when it has nothing to do.
func (s *slowClock) Timer(d time.Duration) *clock.Timer { return s.Clock.Timer(s.lasts(s.idle(d))) }

// lasts is how long d lasts by the other clock.
func (s *slowClock) lasts(d time.Duration) time.Duration {
	slower := time.Duration(s.rate.Load().slower)
	return min(d, math.MaxInt64/slower) * slower
}

// change has f change the rate from now on, and may have it move the time on.
func (s *slowClock) change(f func(*rate)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := *s.rate.Load()
	r.at, r.since, r.same = s.Now(), s.Clock.Now(), false
	f(&r)
	s.rate.Store(&r)
}

func (s *slowClock) stand(standing bool) {
	s.change(func(r *rate) { r.standing = standing })
}

// skip moves the time on by d.
func (s *slowClock) skip(d time.Duration) {
	s.change(func(r *rate) { r.at = r.at.Add(max(0, d)) })
}
