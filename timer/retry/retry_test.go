package retry_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"sockhttp/timer"
	"sockhttp/timer/retry"

	"github.com/benbjohnson/clock"
)

// Clock: it stands still until the test moves it. A queue that is stepped asks
// for Now and Since alone. To call anything else panics, as the Clock is nil.
type handClock struct {
	clock.Clock
	now time.Time
}

func (c *handClock) Now() time.Time                  { return c.now }
func (c *handClock) Since(t time.Time) time.Duration { return c.now.Sub(t) }

func TestRetryWaitsTwiceAsLongEachTime(t *testing.T) {
	// Queue: on the clock. It belongs to the test's own goroutine.
	clock := &handClock{now: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)}
	queue := timer.NewQueue(clock)
	start := queue.Now()

	// Record: each event becomes a line, with its time since the start.
	var record strings.Builder
	failures := 5
	r := &retry.Retry{
		First:   100 * time.Millisecond,
		Longest: time.Second,
		Try: func() error {
			if failures--; failures >= 0 {
				return errors.New("refused")
			}
			return nil
		},
		Trace: func(event string) {
			fmt.Fprintf(&record, "%6.3f  %s\n", queue.Now().Sub(start).Seconds(), event)
		},
	}
	r.Start(queue)

	// Step: move the clock to when the next callback is due, and run it. The
	// limit ends the test if the code never comes to an end.
	limit := start.Add(time.Minute)
	for {
		next, pending := queue.Next()
		if !pending || next.After(limit) {
			break
		}
		clock.now = next
		queue.Step()
	}
	wantGolden(t, "testdata/twice-as-long.txt", record.String())
}

var update = flag.Bool("update", false, "write the golden files anew")

// Golden file: what happened is what happened when somebody last read it. The
// flag -update writes it anew, and git diff then shows what has changed.
func wantGolden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatalf("%v; -update writes it", err)
	}
	if got != strings.ReplaceAll(string(want), "\r\n", "\n") {
		t.Errorf("it went\n%s\nand %s says\n%s", got, name, want)
	}
}
