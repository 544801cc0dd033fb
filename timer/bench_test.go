package timer

import (
	"container/heap"
	"fmt"
	"testing"
	"time"

	"github.com/benbjohnson/clock"
)

// BenchmarkSetAndFire sets a callback and runs it, with others pending that
// fall due later, as a server with so many clients does for each of its polls.
// The peers do the same: container/heap used plainly (a heap of pointers to
// a time and a function, under the same clock), and time.AfterFunc, whose
// callbacks the runtime runs on goroutines of their own.
func BenchmarkSetAndFire(b *testing.B) {
	for _, pending := range []int{1, 1000, 100_000} {
		for _, queue := range []struct {
			name string
			run  func(b *testing.B, pending int)
		}{{"Queue", benchQueue}, {"Queue-out-of-order", benchOutOfOrder}, {"container-heap", benchHeap}, {"AfterFunc", benchAfterFunc}} {
			b.Run(fmt.Sprintf("pending=%d/queue=%s", pending, queue.name), func(b *testing.B) { queue.run(b, pending) })
		}
	}
}

// spread is when the i-th pending callback is due: far off, and in no order.
func spread(i int) time.Duration {
	return time.Hour + time.Duration(uint32(i)*2654435761)
}

func benchQueue(b *testing.B, pending int) { benchSetAndFire(b, pending, func(int, *Queue) {}) }

// benchOutOfOrder always has one in line that is due later, so that the others have
// to go into the heap.
func benchOutOfOrder(b *testing.B, pending int) {
	benchSetAndFire(b, pending, func(fired int, q *Queue) {
		if fired%1_000_000 == 0 {
			q.Set(time.Second, func(ID) {})
		}
	})
}

func benchSetAndFire(b *testing.B, pending int, before func(fired int, q *Queue)) {
	q := NewQueue(clock.New())
	for i := range pending {
		q.Set(spread(i), func(ID) {})
	}
	fired := 0
	callback := func(ID) { fired++ }
	b.ReportAllocs()
	for b.Loop() {
		before(fired, q)
		q.Set(0, callback)
		q.Step()
	}
	if fired != b.N {
		b.Fatalf("%d of %d callbacks were called", fired, b.N)
	}
}

type plainTimer struct {
	due      time.Time
	callback func()
}

type plainHeap []*plainTimer

func (h plainHeap) Len() int           { return len(h) }
func (h plainHeap) Less(i, j int) bool { return h[i].due.Before(h[j].due) }
func (h plainHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *plainHeap) Push(x any)        { *h = append(*h, x.(*plainTimer)) }

func (h *plainHeap) Pop() any {
	last := len(*h) - 1
	x := (*h)[last]
	*h = (*h)[:last]
	return x
}

func benchHeap(b *testing.B, pending int) {
	c := clock.New()
	var h plainHeap
	for i := range pending {
		heap.Push(&h, &plainTimer{c.Now().Add(spread(i)), func() {}})
	}
	fired := 0
	callback := func() { fired++ }
	b.ReportAllocs()
	for b.Loop() {
		heap.Push(&h, &plainTimer{c.Now(), callback})
		for now := c.Now(); len(h) > 0 && !h[0].due.After(now); {
			heap.Pop(&h).(*plainTimer).callback()
		}
	}
	if fired != b.N {
		b.Fatalf("%d of %d callbacks were called", fired, b.N)
	}
}

func benchAfterFunc(b *testing.B, pending int) {
	for i := range pending {
		defer time.AfterFunc(spread(i), func() {}).Stop()
	}
	fired := make(chan struct{})
	callback := func() { fired <- struct{}{} }
	b.ReportAllocs()
	for b.Loop() {
		time.AfterFunc(0, callback)
		<-fired
	}
}
