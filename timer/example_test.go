package timer_test

import (
	"fmt"
	"time"

	"sockhttp/timer"

	"github.com/benbjohnson/clock"
)

// The post's manner: a callback that sets itself again.
func Example() {
	mock := clock.NewMock()
	q := timer.NewQueue(mock)
	start := q.Now()

	var callback func(timer.ID)
	callback = func(timer.ID) {
		fmt.Println("called at", q.Now().Sub(start))
		q.Set(100*time.Millisecond, callback)
	}
	q.Set(100*time.Millisecond, callback)

	for range 3 {
		mock.Add(100 * time.Millisecond)
		q.Step()
	}
	// Output:
	// called at 100ms
	// called at 200ms
	// called at 300ms
}

// A repeating callback is computed from its start: it never drifts, and skips
// what it missed.
func ExampleQueue_Every() {
	mock := clock.NewMock()
	q := timer.NewQueue(mock)
	start := q.Now()
	q.Every(100*time.Millisecond, func() {
		fmt.Println("called at", q.Now().Sub(start))
	})
	for _, late := range []time.Duration{0, 250 * time.Millisecond, 0} {
		next, _ := q.Next()
		mock.Set(next.Add(late))
		q.Step()
	}
	// Output:
	// called at 100ms
	// called at 450ms
	// called at 500ms
}
