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
	case e.asleep:
		return fmt.Sprintf("nobody watched, until %v later", e.until.Sub(e.Time))
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

// draw returns a picture of a part of the time since start, of the last events up to
// its end.
func draw(start time.Time, entries []entry, from, to time.Duration) string {
	h := lanes.History{Start: start}
	polling := map[int]bool{} // the units that a poll is asking
	for i := range entries {
		e := &entries[i]
		at, until := e.Time.Sub(start), e.until.Sub(start)
		switch {
		case e.gap || e.number > 0 && (at > to || until < from):
		case e.number > 0:
			h.Idle = append(h.Idle, lanes.Idle{LUN: e.LUN, From: at, To: until, Number: e.number})
		case at <= to || polling[e.LUN]: // or the poll's end
			h.Events = append(h.Events, e.Event)
			polling[e.LUN] = e.Kind == trace.PollBegun
		}
	}
	h.Events = h.Events[max(0, len(h.Events)-maxDrawn):]
	h.Idle = h.Idle[max(0, len(h.Idle)-maxDrawn):]
	return lanes.Picture{Width: 1200, From: from, To: to, Histories: []lanes.History{h}}.SVG()
}
