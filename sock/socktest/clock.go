package socktest

import (
	"time"

	"github.com/benbjohnson/clock"
)

// virtualClock is a clock that only its network moves. A timer.Queue that is
// stepped asks no more of a clock than Now and Since; the rest of the
// interface is that of a mock that stands still.
type virtualClock struct {
	*clock.Mock
	now time.Time
}

func (c *virtualClock) Now() time.Time                  { return c.now }
func (c *virtualClock) Since(t time.Time) time.Duration { return c.now.Sub(t) }
func (c *virtualClock) Until(t time.Time) time.Duration { return t.Sub(c.now) }

// advance moves the clock to t, never back.
func (c *virtualClock) advance(t time.Time) {
	if t.After(c.now) {
		c.now = t
	}
}
