package timer_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"sockhttp/timer"
)

// A model is the queue's rules in their plainest form: a slice, sorted.
type model struct {
	entries []modelEntry
	seq     int
}

type modelEntry struct {
	name   int
	due    time.Duration
	seq    int
	period time.Duration
	start  time.Duration
}

func (m *model) push(e modelEntry) {
	m.seq++
	e.seq = m.seq
	m.entries = append(m.entries, e)
	slices.SortFunc(m.entries, func(a, b modelEntry) int {
		if a.due != b.due {
			return int(a.due - b.due)
		}
		return a.seq - b.seq
	})
}

func (m *model) step(now time.Duration) (called []int) {
	for len(m.entries) > 0 && m.entries[0].due <= now {
		e := m.entries[0]
		m.entries = m.entries[1:]
		called = append(called, e.name)
		if e.period > 0 {
			e.due = e.start + (now-e.start)/e.period*e.period + e.period
			m.push(e)
		}
	}
	return called
}

func TestTheQueueDoesWhatItsModelDoes(t *testing.T) {
	for seed := range uint64(20) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 0))
			c := &handClock{now: time.Unix(0, 0)}
			q, m := timer.NewQueue(c), &model{}
			var now time.Duration
			var got, want []int
			cancels := map[int]func(pending bool) bool{}
			blocked := false
			for name := range 3000 {
				switch call := func(timer.ID) { got = append(got, name) }; r.IntN(10) {
				case 0, 1, 2, 3:
					delay := time.Duration(r.IntN(50) - 5)
					if seed%2 == 0 && r.IntN(8) > 0 {
						delay = 1000 // hundreds wait in line
					}
					due, id := now+max(0, delay), timer.ID(0)
					if r.IntN(2) == 0 {
						id = q.SetFrom(q.Elapsed(), delay, timer.Func(call))
					} else {
						id = q.Set(delay, call)
					}
					cancels[name] = func(bool) bool { return q.Cancel(id) }
					m.push(modelEntry{name: name, due: due})
				case 4:
					period := time.Duration(1 + r.IntN(200))
					cancel := q.Every(period, func() { call(timer.ID(0)) })
					cancels[name] = func(pending bool) bool { cancel(); return pending }
					m.push(modelEntry{name: name, due: now + period, period: period, start: now})
				case 5, 6:
					victim := r.IntN(name + 1)
					i := slices.IndexFunc(m.entries, func(e modelEntry) bool { return e.name == victim })
					if cancel := cancels[victim]; cancel != nil && cancel(i >= 0) != (i >= 0) {
						t.Fatalf("Cancel of %d, which is pending or not: %t, reports the opposite", victim, i >= 0)
					}
					if i >= 0 {
						m.entries = slices.Delete(m.entries, i, i+1)
					}
				case 7:
					if blocked = !blocked; blocked {
						q.Block()
					} else {
						q.Unblock()
					}
				default:
					now += time.Duration(r.IntN(20))
					c.now = time.Unix(0, int64(now))
					q.Step()
					if !blocked {
						want = append(want, m.step(now)...)
					}
				}
				if q.Len() != len(m.entries) {
					t.Fatalf("%d pending after %d operations, want %d", q.Len(), name+1, len(m.entries))
				}
			}
			if !slices.Equal(got, want) {
				t.Fatalf("called %v\nwant %v", got, want)
			}
			if len(got) < 500 {
				t.Fatalf("only %d calls were compared", len(got))
			}
		})
	}
}

// Callbacks that set themselves again take no memory, whether they wait in line or
// in no order.
func TestSettingAgainTakesNoMemory(t *testing.T) {
	for _, step := range []time.Duration{0, time.Millisecond} {
		c := &handClock{now: time.Unix(0, 0)}
		q := timer.NewQueue(c)
		called := 0
		for i := range 300 {
			var again func(timer.ID)
			again = func(timer.ID) {
				called++
				q.Set(time.Second-time.Duration(i)*step, again)
			}
			again(0)
		}
		allocations := testing.AllocsPerRun(1000, func() {
			c.now = c.now.Add(time.Second)
			q.Step()
		})
		if allocations > 0 || called < 300*1000 {
			t.Errorf("delays that differ by %v: %v allocations a step, and %d calls", step, allocations, called)
		}
	}
}
