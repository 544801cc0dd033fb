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
		q.Post(func() { q.Set(100*ms, again) })
		<-done
		if want := []time.Duration{100 * ms, 200 * ms, 300 * ms}; !slices.Equal(at, want) {
			t.Errorf("called at %v, want %v", at, want)
		}
	})
}

func TestPostWakesRun(t *testing.T) {
	run(t, func(t *testing.T, q *timer.Queue, since func() time.Duration) {
		done := make(chan time.Duration)
		synctest.Wait() // Run waits for anything
		q.Post(func() {
			q.Set(time.Hour, func(timer.ID) { t.Error("the later one was called") })
		})
		synctest.Wait() // Run waits for an hour
		q.Post(func() {
			q.Set(time.Second, func(timer.ID) { done <- since() })
		})
		if at := <-done; at != time.Second {
			t.Errorf("called at %v, want 1s", at)
		}
	})
}

func TestPostUnblocks(t *testing.T) {
	run(t, func(t *testing.T, q *timer.Queue, since func() time.Duration) {
		done := make(chan time.Duration)
		q.Post(func() {
			q.Block()
			q.Set(time.Second, func(timer.ID) { done <- since() })
		})
		<-time.After(5 * time.Second)
		q.Post(q.Unblock)
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
					q.Post(func() {
						q.Set(time.Hour, func(timer.ID) { t.Error("called after the context ended") })
					})
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

func TestAnyGoroutineMayPost(t *testing.T) {
	run(t, func(t *testing.T, q *timer.Queue, since func() time.Duration) {
		const posters, each = 8, 100
		var posted, called [posters]int
		fired := make(chan struct{}, posters*each)
		for n := range posters {
			go func() {
				for i := range each {
					q.Post(func() {
						if posted[n]++; posted[n] != i+1 {
							t.Errorf("a goroutine's posting %d was called as its number %d", i, posted[n]-1)
						}
						q.Set(time.Duration(i)*ms, func(timer.ID) {
							called[n]++
							fired <- struct{}{}
						})
					})
				}
			}()
		}
		for range posters * each {
			<-fired
		}
		if called != posted {
			t.Errorf("%v were posted, %v were called", posted, called)
		}
	})
}

// What another goroutine posts just as a step ends must not wait for the next
// timer. Each round here posts at about that moment.
func TestRunMissesNothingPostedAsAStepEnds(t *testing.T) {
	run(t, func(t *testing.T, q *timer.Queue, since func() time.Duration) {
		q.Post(func() { q.Set(time.Hour, func(timer.ID) {}) })
		var called atomic.Int32
		for round := range int32(20_000) {
			q.Post(func() { called.Add(1) })
			for spins := 0; called.Load() == round; spins++ {
				if spins < 10_000 {
					continue // the next round is to begin at once
				}
				synctest.Wait() // Run has nothing to do
				if called.Load() == round {
					t.Fatalf("the function of round %d waits for the next timer", round)
				}
			}
		}
	})
}

// As Run waits, a callback may: the same must hold for it.
func TestPostEndsTheWaitOfACallback(t *testing.T) {
	run(t, func(t *testing.T, q *timer.Queue, since func() time.Duration) {
		done := make(chan time.Duration)
		ended := make(chan struct{}, 1)
		interrupt := func() {
			select {
			case ended <- struct{}{}:
			default:
			}
		}
		var poll func(timer.ID)
		poll = func(timer.ID) {
			if wait := q.MayWait(time.Minute, interrupt); wait > 0 {
				select {
				case <-ended:
				case <-time.After(wait):
				}
			}
			q.Set(0, poll)
		}
		q.Post(func() { q.Set(0, poll) })
		for n := range 100 {
			<-time.After(time.Duration(n) * ms) // the poll waits
			q.Post(func() { done <- since() })
			if posted, called := since(), <-done; called != posted {
				t.Fatalf("posted at %v and called at %v", posted, called)
			}
		}
		q.Post(q.Block)
	})
}

func TestAStepCallsWhatWasPostedFirst(t *testing.T) {
	_, q := newQueue()
	var l log
	q.Set(0, l.add("due"))
	q.Post(func() {
		l.add("posted first")(timer.ID(0))
		q.Post(func() { l.add("posted by what was posted")(timer.ID(0)) })
		q.Set(0, l.add("set by what was posted"))
	})
	q.Post(func() { l.add("posted second")(timer.ID(0)) })
	if next, pending := q.Next(); !pending || !next.Equal(q.Now()) {
		t.Errorf("Next is %v, %t; want now", next, pending)
	}
	if wait := q.MayWait(time.Second, nil); wait != 0 {
		t.Errorf("MayWait is %v, want 0", wait)
	}
	if _, pending := q.Step(); !pending {
		t.Error("Step says that nothing is pending")
	}
	l.want(t, "posted first", "posted second", "due", "set by what was posted")
	q.Step()
	l.want(t, "posted first", "posted second", "due", "set by what was posted", "posted by what was posted")
	if _, pending := q.Next(); pending {
		t.Error("Next says that something is pending")
	}
}

func TestWhatIsPostedRunsWhileTheQueueIsBlocked(t *testing.T) {
	_, q := newQueue()
	var l log
	q.Set(0, l.add("due"))
	q.Block()
	q.Step()
	q.Post(func() { l.add("posted")(timer.ID(0)) })
	q.Step()
	l.want(t, "posted")
	q.Post(q.Unblock)
	q.Step()
	l.want(t, "posted", "due")
}

// A callback that sets itself for a time long past takes its turn like others.
func TestATimeThatIsPastIsNow(t *testing.T) {
	mock, q := newQueue()
	var l log
	past := q.Elapsed()
	var again timer.Func
	again = func(id timer.ID) {
		l.add("again")(id)
		q.SetFrom(past, 0, again)
	}
	q.SetFrom(past, 0, again)
	q.Set(ms, l.add("other"))
	mock.Add(time.Second)
	q.Step()
	l.want(t, "again", "other")
	q.Step()
	l.want(t, "again", "other", "again")
}

// Who has returned waits no more, and is not interrupted: a Post would else end
// a wait of somebody who did not ask for that.
func TestPostInterruptsNobodyWhoHasReturned(t *testing.T) {
	_, q := newQueue()
	interrupted := 0
	q.Set(0, func(timer.ID) { q.MayWait(time.Second, func() { interrupted++ }) })
	q.Step()
	q.Post(func() {})
	if interrupted > 0 {
		t.Error("a callback that has returned is interrupted")
	}
	q.Set(0, func(timer.ID) {
		q.MayWait(time.Second, func() { interrupted++ })
		q.Post(func() {})
	})
	q.Step() // calls what was posted, and then the callback, which is not to wait twice
	if interrupted != 1 {
		t.Errorf("a callback that waits is interrupted %d times, want once", interrupted)
	}
}
