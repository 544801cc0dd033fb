package watch

import (
	"fmt"
	"time"

	"sockhttp/cmd/lanes"
	"sockhttp/sock/trace"
)

// text says what an entry stands for, without time and unit.
func (e *entry) text() string {
	switch {
	case e.gap:
		return fmt.Sprintf("%d events are not kept, until %v later", e.number, e.until.Sub(e.Time))
	case e.number > 1:
		return fmt.Sprintf("%s found nothing %d times, until %v later", e.Callback, e.number, e.until.Sub(e.Time))
	}
	return e.String()
}

// appendHistory appends entries as the lines of a timeline: the time in seconds
// since start, the unit, what happened. An entry that stands for several events is
// one line.
func appendHistory(b []byte, start time.Time, entries []entry) []byte {
	for i := range entries {
		if e := &entries[i]; e.number > 0 {
			b = fmt.Appendf(b, "%9.6f  %3d  %s\n", e.Time.Sub(start).Seconds(), e.LUN, e.text())
		} else {
			b = append(e.AppendLine(b, start), '\n')
		}
	}
	return b
}

// maxDrawn is how many events a picture has at most.
const maxDrawn = 5000

// draw returns a picture of the last entries between two times since start. It
// leaves out those that stand for several events.
func draw(start time.Time, entries []entry, from, to time.Duration) string {
	var events []trace.Event
	for i := range entries {
		e := &entries[i]
		if at := e.Time.Sub(start); e.number == 0 && from <= at && at <= to {
			events = append(events, e.Event)
		}
	}
	events = events[max(0, len(events)-maxDrawn):]
	return lanes.Picture{Width: 1200, From: from, To: to, Histories: []lanes.History{{Start: start, Events: events}}}.SVG()
}
