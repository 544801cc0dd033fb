package timer_test

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"sockhttp/timer"

	"github.com/benbjohnson/clock"
)

// run calls f in a bubble in which clock.New() is virtual, with a queue that
// Run runs. The bubble fails the test if a goroutine is left in it.
func run(t *testing.T, f func(t *testing.T, q *timer.Queue, since func() time.Duration)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		q := timer.NewQueue(clock.New())
		start := time.Now()
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			q.Run(ctx)
			close(ended)
		}()
		f(t, q, func() time.Duration { return time.Since(start) })
		stop()
		<-ended
	})
}

func TestRunWaitsOnTheClock(t *testing.T) {
	run(t, func(t *testing.T, q *timer.Queue, since func() time.Duration) {
		var at []time.Duration
		done := make(chan struct{})
		var again func(timer.ID)
		again = func(timer.ID) {
			if at = append(at, since()); len(at) == 3 {
				close(done)
				return
			}
			q.Set(100*ms, again)
		}
		q.Set(100*ms, again)
		<-done
		if want := []time.Duration{100 * ms, 200 * ms, 300 * ms}; !slices.Equal(at, want) {
			t.Errorf("called at %v, want %v", at, want)
		}
	})
}

func TestRunWakesForAnEarlierTimer(t *testing.T) {
	run(t, func(t *testing.T, q *timer.Queue, since func() time.Duration) {
		q.Set(time.Hour, func(timer.ID) { t.Error("the later one was called") })
		synctest.Wait() // Run waits for it
		done := make(chan time.Duration)
		q.Set(time.Second, func(timer.ID) { done <- since() })
		if at := <-done; at != time.Second {
			t.Errorf("called at %v, want 1s", at)
		}
	})
}

func TestRunWakesFromAnEmptyQueueAndAtUnblock(t *testing.T) {
	run(t, func(t *testing.T, q *timer.Queue, since func() time.Duration) {
		synctest.Wait() // Run waits for anything
		q.Block()
		done := make(chan time.Duration)
		q.Set(time.Second, func(timer.ID) { done <- since() })
		<-time.After(5 * time.Second)
		q.Unblock()
		if at := <-done; at != 5*time.Second {
			t.Errorf("called at %v, want 5s", at)
		}
	})
}

func TestRunEndsWithItsContext(t *testing.T) {
	for name, pending := range map[string]bool{"waiting for a timer": true, "with nothing to wait for": false} {
		t.Run(name, func(t *testing.T) {
			run(t, func(t *testing.T, q *timer.Queue, since func() time.Duration) {
				if pending {
					q.Set(time.Hour, func(timer.ID) { t.Error("called after the context ended") })
				}
				synctest.Wait()
			})
		})
	}
	synctest.Test(t, func(t *testing.T) {
		q := timer.NewQueue(clock.New())
		ctx, stop := context.WithCancel(t.Context())
		q.Set(time.Second, func(timer.ID) { stop() })
		q.Set(2*time.Second, func(timer.ID) { t.Error("called after the context ended") })
		start := time.Now()
		q.Run(ctx)
		if d := time.Since(start); d != time.Second {
			t.Errorf("Run returned after %v, want 1s", d)
		}
	})
}

func TestTimersMayBeSetFromAnyGoroutine(t *testing.T) {
	run(t, func(t *testing.T, q *timer.Queue, since func() time.Duration) {
		const setters, each = 8, 100
		fired := make(chan struct{})
		for range setters {
			go func() {
				for i := range each {
					q.Set(time.Duration(i)*ms, func(timer.ID) { fired <- struct{}{} })
					q.Cancel(q.Set(time.Minute, func(timer.ID) { t.Error("a cancelled callback was called") }))
				}
			}()
		}
		for range setters * each {
			<-fired
		}
		<-time.After(time.Hour)
	})
}

// A callback that another goroutine sets just as a step ends must not wait for
// the next timer. Each round here sets one at about that moment.
func TestRunMissesNothingSetAsAStepEnds(t *testing.T) {
	run(t, func(t *testing.T, q *timer.Queue, since func() time.Duration) {
		q.Set(time.Hour, func(timer.ID) {})
		var called atomic.Int32
		for round := range int32(20_000) {
			q.Set(0, func(timer.ID) { called.Add(1) })
			for spins := 0; called.Load() == round; spins++ {
				if spins < 10_000 {
					continue // the next round is to begin at once
				}
				synctest.Wait() // Run has nothing to do
				if called.Load() == round {
					t.Fatalf("the callback of round %d waits for the next timer", round)
				}
			}
		}
	})
}
