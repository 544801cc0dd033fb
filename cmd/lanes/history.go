// Package lanes draws the history of a server as an SVG: one lane for each unit,
// time to the right. What it draws is what a timeline says, such as those of
// testdata/timelines.
package lanes

import (
	"fmt"
	"time"

	"sockhttp/sock/trace"
)

// A History is what a server did, in the order in which it did it.
type History struct {
	Name   string    // the heading of its lanes; may be empty
	Start  time.Time // what times are counted from
	Events []trace.Event

	// Idle are callbacks in a row that found nothing, and of which there are no
	// events.
	Idle []Idle
}

// Idle is a number of callbacks of a unit, from one time since the start to another.
type Idle struct {
	LUN      int
	From, To time.Duration
	Number   int
}

// at is when event i was, since the start.
func (h *History) at(i int) time.Duration { return h.Events[i].Time.Sub(h.Start) }

// line is the timeline's line of event i, without its end.
func (h *History) line(i int) string {
	return fmt.Sprintf("%9.6f  %3d  %v", h.at(i).Seconds(), h.Events[i].LUN, h.Events[i])
}

// end is when the last event was, and zero without one.
func (h *History) end() time.Duration {
	if len(h.Events) == 0 {
		return 0
	}
	return h.at(len(h.Events) - 1)
}
