package backoff_test

import (
	"testing"
	"time"

	"sockhttp/sock/internal/backoff"
)

// A callback is set again at once for 2 ms, and then after delays that double up
// to the longest, which ends on a tick; what it finds to do begins that anew.
func TestNext(t *testing.T) {
	const ms = time.Millisecond
	now := time.Unix(0, 0)
	var b backoff.Backoff
	for _, offTick := range []time.Duration{0, ms / 5} { // ticks are 0.5 ms
		now = now.Add(offTick)
		b.Active(now)
		for _, want := range []time.Duration{0, 0, ms, 2 * ms, 4 * ms, 8 * ms, 10*ms - offTick, 10 * ms} {
			got := b.Next(now, 10*ms)
			if got != want {
				t.Errorf("%v after the start the delay is %v, want %v", now.Sub(time.Unix(0, 0)), got, want)
			}
			now = now.Add(max(got, ms))
		}
	}
	for _, now := range []time.Time{now, {}, time.Unix(-1, 7)} {
		b.Active(now.Add(-time.Second))
		if got := b.Next(now, 10); got > 10 || got <= 0 {
			t.Errorf("at %v the longest delay of 10 ns is %d ns", now, got)
		}
	}
	b.Active(now)
	if spin := b.Spin(now.Add(ms / 2)); spin != 3*ms/2 {
		t.Errorf("0.5 ms after it was active, it is called at once for %v more, want 1.5ms", spin)
	}
}
