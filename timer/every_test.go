package timer_test

import (
	"slices"
	"testing"
	"time"

	"sockhttp/timer"
)

func TestEveryNeverDrifts(t *testing.T) {
	mock, q := newQueue()
	start := q.Now()
	var at []time.Duration
	cancel := q.Every(10*ms, func() {
		at = append(at, q.Now().Sub(start))
		mock.Add(3 * ms) // what it does takes time
	})
	for range 4 {
		next, _ := q.Next()
		mock.Set(next)
		q.Step()
	}
	if want := []time.Duration{10 * ms, 20 * ms, 30 * ms, 40 * ms}; !slices.Equal(at, want) {
		t.Errorf("called at %v, want %v", at, want)
	}
	cancel()
	if q.Len() != 0 {
		t.Error("it is pending after it was cancelled")
	}
	cancel()
}

func TestEverySkipsThePeriodsItMissed(t *testing.T) {
	mock, q := newQueue()
	start, calls := q.Now(), 0
	q.Every(10*ms, func() { calls++; mock.Add(25 * ms) }) // 10 to 35, then 40
	mock.Add(10 * ms)
	next, pending := q.Step()
	if calls != 1 || !pending || next.Sub(start) != 40*ms {
		t.Errorf("%d calls, next at %v; want 1 and 40ms", calls, next.Sub(start))
	}
}

func TestEveryCanCancelItself(t *testing.T) {
	mock, q := newQueue()
	calls := 0
	var cancel func()
	cancel = q.Every(ms, func() {
		calls++
		cancel()
		q.Set(0, func(timer.ID) {}) // takes the place
	})
	mock.Add(ms)
	q.Step()
	if q.Len() != 1 {
		t.Errorf("%d pending, want the other one", q.Len())
	}
	mock.Add(time.Second)
	q.Step()
	if calls != 1 {
		t.Errorf("called %d times after it cancelled itself", calls)
	}
}
