package timer_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"sockhttp/timer"

	"github.com/benbjohnson/clock"
)

const ms = time.Millisecond

// A log is the order in which callbacks ran.
type log []string

func (l *log) add(name string) func(timer.ID) {
	return func(timer.ID) { *l = append(*l, name) }
}

func (l *log) want(t *testing.T, names ...string) {
	t.Helper()
	if !slices.Equal(*l, names) {
		t.Fatalf("called %q, want %q", *l, names)
	}
}

func newQueue() (*clock.Mock, *timer.Queue) {
	mock := clock.NewMock()
	return mock, timer.NewQueue(mock)
}

func TestOrderIsDueTimeThenOrderOfSetting(t *testing.T) {
	mock, q := newQueue()
	var l log
	q.Set(20*ms, l.add("c"))
	q.Set(10*ms, l.add("a"))
	q.Set(20*ms, l.add("d"))
	q.Set(10*ms, l.add("b"))
	q.Step()
	l.want(t)
	mock.Add(10 * ms)
	q.Step()
	l.want(t, "a", "b")
	mock.Add(10 * ms)
	q.Step()
	q.Step()
	l.want(t, "a", "b", "c", "d")
}

func TestLateCallbacksKeepTheirOrder(t *testing.T) {
	mock, q := newQueue()
	var l log
	q.Set(30*ms, l.add("d"))
	q.Set(10*ms, l.add("a"))
	q.Set(20*ms, l.add("b"))
	q.Set(20*ms, l.add("c"))
	mock.Add(time.Hour)
	q.Set(0, l.add("e"))
	q.Step()
	l.want(t, "a", "b", "c", "d", "e")
}

func TestCallbacksNeverOverlap(t *testing.T) {
	mock, q := newQueue()
	running := false
	for range 3 {
		q.Set(ms, func(timer.ID) {
			if running {
				t.Error("called while another runs")
			}
			running = true
			mock.Add(10 * ms) // the others fall due, and wait
			running = false
		})
	}
	mock.Add(ms)
	q.Step()
	if q.Len() != 0 {
		t.Errorf("%d callbacks left", q.Len())
	}
}

func TestStepInsideACallbackPanics(t *testing.T) {
	_, q := newQueue()
	panicked := false
	q.Set(0, func(timer.ID) {
		defer func() { panicked = recover() != nil }()
		q.Step()
	})
	q.Step()
	if !panicked {
		t.Error("a step inside a step did not panic")
	}
	var l log
	q.Set(0, l.add("a"))
	q.Step()
	l.want(t, "a")
}

func TestAQueueOutlivesAPanickingCallback(t *testing.T) {
	_, q := newQueue()
	var l log
	q.Set(0, func(timer.ID) { panic("ouch") })
	q.Set(0, l.add("a"))
	func() {
		defer func() {
			if recover() == nil {
				t.Error("Step swallowed a panic")
			}
		}()
		q.Step()
	}()
	q.Step()
	l.want(t, "a")
}

func TestAStepRunsWhatWasDueWhenItBegan(t *testing.T) {
	_, q := newQueue()
	var l log
	q.Set(0, func(timer.ID) {
		l = append(l, "a")
		q.Set(0, l.add("again"))
		q.Set(-time.Second, l.add("negative"))
	})
	q.Set(0, l.add("b"))
	next, pending := q.Step()
	l.want(t, "a", "b")
	if !pending || !next.Equal(q.Now()) {
		t.Errorf("Step says next %v, %t; want now", next, pending)
	}
	q.Step()
	l.want(t, "a", "b", "again", "negative")
}

func TestACallbackThatFallsDueDuringAStepWaitsForTheNext(t *testing.T) {
	mock, q := newQueue()
	var l log
	q.Set(10*ms, l.add("later"))
	q.Set(0, func(timer.ID) { mock.Add(10 * ms) })
	q.Step()
	l.want(t)
	q.Step()
	l.want(t, "later")
}

func TestACallbackCancelledByAnEarlierOneOfItsStepDoesNotRun(t *testing.T) {
	_, q := newQueue()
	var l log
	var b timer.ID
	q.Set(0, func(timer.ID) {
		if !q.Cancel(b) {
			t.Error("Cancel did not find it")
		}
	})
	b = q.Set(0, l.add("b"))
	q.Set(0, l.add("c"))
	q.Step()
	l.want(t, "c")
}

func TestCancelFindsOnlyWhatIsPending(t *testing.T) {
	_, q := newQueue()
	var l log
	if q.Cancel(timer.ID(0)) {
		t.Error("the zero ID was cancelled")
	}
	a := q.Set(0, l.add("a"))
	q.Step()
	if q.Cancel(a) {
		t.Error("a callback that has run was cancelled")
	}
	b := q.Set(0, l.add("b")) // in the place that a had
	if a == b || q.Cancel(a) {
		t.Error("a spent ID names another callback")
	}
	if !q.Cancel(b) || q.Cancel(b) {
		t.Error("want a pending callback cancelled once")
	}
	q.Step()
	l.want(t, "a")
}

func TestACallbackGetsItsIDWhichIsSpent(t *testing.T) {
	_, q := newQueue()
	var got timer.ID
	id := q.Set(0, func(id timer.ID) {
		got = id
		if q.Cancel(id) {
			t.Error("a callback that runs once is still there while it runs")
		}
	})
	q.Step()
	if got != id {
		t.Errorf("called with %v, want %v", got, id)
	}
}

func TestBlockedNothingRunsAndThenAllInOrder(t *testing.T) {
	mock, q := newQueue()
	var l log
	q.Set(20*ms, l.add("b"))
	q.Set(10*ms, l.add("a"))
	q.Block()
	q.Block()
	mock.Add(time.Second)
	q.Set(0, l.add("c"))
	if _, pending := q.Step(); pending {
		t.Error("Step says that something is pending while blocked")
	}
	if _, pending := q.Next(); pending {
		t.Error("Next says that something is pending while blocked")
	}
	l.want(t)
	q.Unblock()
	q.Step()
	l.want(t, "a", "b", "c")
}

func TestACallbackThatBlocksEndsItsStep(t *testing.T) {
	_, q := newQueue()
	var l log
	q.Set(0, func(timer.ID) { q.Block() })
	q.Set(0, l.add("b"))
	q.Step()
	q.Step()
	l.want(t)
	q.Unblock()
	q.Step()
	l.want(t, "b")
}

func TestACallbackThatBlocksAndUnblocksChangesNothing(t *testing.T) {
	_, q := newQueue()
	var l log
	q.Set(0, func(timer.ID) { q.Block(); q.Unblock() })
	q.Set(0, l.add("b"))
	q.Step()
	l.want(t, "b")
}

func TestADelayWithoutEndDoesNotOverflow(t *testing.T) {
	mock, q := newQueue()
	var l log
	mock.Add(time.Hour)
	q.Set(math.MaxInt64, l.add("never"))
	q.SetFrom(q.Elapsed(), math.MaxInt64, timer.Func(l.add("never")))
	q.SetFrom(0, math.MinInt64, timer.Func(l.add("now")))
	q.Every(math.MaxInt64, func() { t.Error("the end of time has come") })
	q.Step()
	l.want(t, "now")
	if next, _ := q.Next(); next.Before(q.Now()) {
		t.Errorf("due at %v, in the past", next)
	}
}

func TestWaitEndsWhenTheNextIsDue(t *testing.T) {
	mock, q := newQueue()
	wantWait := func(want time.Duration) {
		t.Helper()
		if got := q.MayWait(time.Second, nil); got != want {
			t.Errorf("MayWait is %v, want %v", got, want)
		}
	}
	wantWait(time.Second)
	q.Set(2*time.Second, func(timer.ID) {})
	wantWait(time.Second)
	q.Set(10*ms, func(timer.ID) {})
	wantWait(10 * ms)
	mock.Add(time.Minute)
	wantWait(0)
	q.Block()
	wantWait(time.Second)
}

func TestWrongArgumentsPanic(t *testing.T) {
	_, q := newQueue()
	for name, f := range map[string]func(){
		"no period":       func() { q.Every(0, func() {}) },
		"negative period": func() { q.Every(-1, func() {}) },
		"no callback":     func() { q.Set(0, nil) },
		"no Callback":     func() { q.SetFrom(0, 0, nil) },
		"no Func":         func() { q.SetFrom(0, 0, timer.Func(nil)) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}

// A handClock is set by hand, back as well; the mock sleeps at every move.
type handClock struct {
	clock.Clock
	now time.Time
}

func (c *handClock) Now() time.Time                  { return c.now }
func (c *handClock) Since(t time.Time) time.Duration { return c.now.Sub(t) }

func TestTimeNeverRunsBackwards(t *testing.T) {
	c := &handClock{now: time.Unix(1000, 0)}
	q := timer.NewQueue(c)
	c.now = c.now.Add(time.Second)
	before := q.Now()
	c.now = c.now.Add(-time.Hour)
	if q.Now().Before(before) {
		t.Errorf("it was %v and is %v", before, q.Now())
	}
	var l log
	q.Set(0, l.add("a"))
	q.Step()
	l.want(t, "a")
}

func TestSettingAndFiringDoNotAllocate(t *testing.T) {
	q := timer.NewQueue(&handClock{})
	callback := func(timer.ID) {}
	q.Set(0, callback)
	q.Step()
	if n := testing.AllocsPerRun(100, func() {
		q.Cancel(q.Set(time.Hour, callback))
		q.Set(0, callback)
		q.Step()
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
