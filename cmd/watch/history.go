package watch

import (
	"cmp"
	"fmt"
	"slices"
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

// draw returns a picture of the last entries between two times since start, and of
// what reaches from outside into that part of the time.
func draw(start time.Time, entries []entry, from, to time.Duration) string {
	h := lanes.History{Start: start}
	before := reaching{}
	polling := map[int]bool{} // the units that a poll is asking
	for i := range entries {
		e := &entries[i]
		at, until := e.Time.Sub(start), e.until.Sub(start)
		switch {
		case e.gap:
		case e.number > 0:
			if at <= to && until >= from {
				h.Idle = append(h.Idle, lanes.Idle{LUN: e.LUN, From: max(at, from), To: until, Number: e.number})
			}
		case at < from:
			before.take(e.Event, at+e.Delay >= from)
			polling[e.LUN] = e.Kind == trace.PollBegun
		case at <= to || e.Kind == trace.PollEnded && polling[e.LUN]:
			h.Events = append(h.Events, e.Event)
			polling[e.LUN] = e.Kind == trace.PollBegun
		}
	}
	h.Events = append(before.events(), h.Events[max(0, len(h.Events)-maxDrawn):]...)
	h.Idle = h.Idle[max(0, len(h.Idle)-maxDrawn):]
	return lanes.Picture{Width: 1200, From: from, To: to, Histories: []lanes.History{h}}.SVG()
}

// A reaching is what reaches into a part of the time from before it: units that are
// held, by their numbers, polls that are under way, and callbacks that are set.
type reaching struct {
	units, polls map[int][]trace.Event
	set          []trace.Event
	listener     []trace.Event // its last call, so that its lane is told from a client's
}

// take takes an event before that time, which is due in it if it sets a callback.
func (r *reaching) take(e trace.Event, due bool) {
	if r.units == nil {
		r.units, r.polls = map[int][]trace.Event{}, map[int][]trace.Event{}
	}
	delete(r.polls, e.LUN)
	switch e.Kind {
	case trace.PollBegun:
		r.polls[e.LUN] = []trace.Event{e}
	case trace.Accepted, trace.Freed:
		r.units[e.LUN] = append(r.units[e.LUN], e)
	case trace.Closed:
		delete(r.units, e.LUN)
	case trace.TimerFired:
		if e.Callback == "ListenerCallback" {
			r.listener = []trace.Event{e}
		}
	case trace.TimerSet:
		if due {
			r.set = append(r.set, e)
		}
	}
}

// events are all of these, in their order.
func (r *reaching) events() []trace.Event {
	all := append(r.listener, r.set...)
	for _, some := range []map[int][]trace.Event{r.units, r.polls} {
		for _, events := range some {
			all = append(all, events...)
		}
	}
	slices.SortStableFunc(all, func(a, b trace.Event) int { return cmp.Or(a.Time.Compare(b.Time), a.LUN-b.LUN) })
	return all
}
