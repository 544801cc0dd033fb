package retry_test

import (
	"testing"
	"time"

	"github.com/benbjohnson/clock"
)

// Why the mock of the clock is not enough. It calls what AfterFunc was given on
// goroutines of their own: two callbacks of the same time run in any order, and
// at once. And it sleeps 1 ms of real time whenever it is moved.
func TestTheMockRunsCallbacksOnGoroutinesAndSleeps(t *testing.T) {
	mock := clock.NewMock()
	first, second := make(chan bool), make(chan bool)
	done := make(chan bool, 2)
	mock.AfterFunc(time.Second, func() { first <- true; <-second; done <- true })
	mock.AfterFunc(time.Second, func() { <-first; second <- true; done <- true })
	began := time.Now()
	mock.Add(time.Second)
	if took := time.Since(began); took < time.Millisecond {
		t.Errorf("moving the mock took %v; TESTING.md says that it sleeps", took)
	}
	<-done // On one goroutine the first would wait for the second for ever.
	<-done
}
