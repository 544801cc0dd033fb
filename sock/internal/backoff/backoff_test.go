package backoff_test

import (
	"testing"
	"time"

	"sockhttp/sock/internal/backoff"
)

// A callback is set again at once for 2 ms, and then after delays that double up
// to the longest; what it finds to do begins that anew. It rests with the longest
// delay, which ends on its tick.
func TestNext(t *testing.T) {
	const ms = time.Millisecond
	now := time.Hour
	var b backoff.Backoff
	for _, offTick := range []time.Duration{0, ms / 5} { // ticks are 1 ms
		start := now + offTick
		now = start
		b.Active(now)
		for _, want := range []time.Duration{0, 0, ms, 2 * ms, 4 * ms, 8 * ms, 3*ms - offTick, 10 * ms} {
			got := b.Next(now, 10*ms)
			if got != want {
				t.Errorf("%v after the start the delay is %v, want %v", now-start, got, want)
			}
			now += max(got, ms)
		}
		now += 34 * ms // the loop was held up
		for _, want := range []time.Duration{6 * ms, 10 * ms} {
			got := b.Next(now, 10*ms)
			if got != want {
				t.Errorf("%v after the start, when it was held up, the delay is %v, want %v", now-start, got, want)
			}
			now += got
		}
	}
	for range 3 {
		if got := b.Next(now+time.Hour, 0); got != 0 {
			t.Errorf("the longest delay of 0 is %v", got)
		}
	}
	for _, now := range []time.Duration{now, 0, 7} {
		b.Active(now - time.Second)
		if got := b.Next(now, 10); got > 10 || got <= 0 {
			t.Errorf("at %v the longest delay of 10 ns is %d ns", now, got)
		}
	}
	b.Active(now)
	if spin := b.Spin(now + ms/2); spin != 3*ms/2 {
		t.Errorf("0.5 ms after it was active, it is called at once for %v more, want 1.5ms", spin)
	}
}
