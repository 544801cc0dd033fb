package retry_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"sockhttp/timer"
	"sockhttp/timer/retry"

	"github.com/benbjohnson/clock"
)

// In a bubble of testing/synctest time is virtual for all goroutines, and moves
// on when all of them wait: so the loop itself can run, on the real clock.
func TestRetryUnderRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		queue := timer.NewQueue(clock.New())
		ctx, stop := context.WithCancel(t.Context())
		start, tries := time.Now(), 0
		r := &retry.Retry{First: time.Second, Longest: time.Second, Try: func() error {
			if tries++; tries < 4 {
				return errors.New("refused")
			}
			stop()
			return nil
		}}
		r.Start(queue)
		queue.Run(ctx)
		if took := time.Since(start); tries != 4 || took != 3*time.Second {
			t.Errorf("%d tries took %v, want 4 and 3s", tries, took)
		}
	})
}
