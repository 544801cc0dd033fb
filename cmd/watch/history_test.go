package watch

import (
	"errors"
	"strings"
	"testing"
	"time"

	"sockhttp/sock/trace"
)

// Of what is kept a picture has what lies in its part of the time, whose ends belong to
// it, and no more than the last 5000 events and as many entries of calls that found
// nothing. It has no gaps.
func TestWhatAPictureHas(t *testing.T) {
	const s = time.Second
	event := func(at time.Duration) entry {
		return entry{Event: trace.Event{Time: start.Add(at), Kind: trace.Dropped, LUN: 101, Err: errors.New("odd")}}
	}
	calls := func(from, to time.Duration) entry {
		return entry{Event: trace.Event{Time: start.Add(from), Kind: trace.TimerFired, LUN: 101}, number: 77, until: start.Add(to)}
	}
	gap := calls(s, 2*s)
	gap.gap = true
	more := func(first entry, n int, e entry) (all []entry) {
		all = append(all, first)
		for range n {
			all = append(all, e)
		}
		return all
	}
	for _, test := range []struct {
		name     string
		from, to time.Duration
		entries  []entry
		want     bool
	}{
		{"an event", 0, 3 * s, []entry{event(s)}, true},
		{"an event at the beginning", s, 3 * s, []entry{event(s)}, true},
		{"an event before it", s + 1, 3 * s, []entry{event(s)}, false},
		{"an event at the end", 0, s, []entry{event(s)}, true},
		{"an event after it", 0, s - 1, []entry{event(s)}, false},
		{"calls", 0, 3 * s, []entry{calls(s, 2*s)}, true},
		{"calls at the beginning", 2 * s, 3 * s, []entry{calls(s, 2*s)}, true},
		{"calls before it", 2*s + 1, 3 * s, []entry{calls(s, 2*s)}, false},
		{"calls at the end", 0, s, []entry{calls(s, 2*s)}, true},
		{"calls after it", 0, s - 1, []entry{calls(s, 2*s)}, false},
		{"a gap", 0, 3 * s, []entry{gap}, false},
		{"5000 events", 0, 9 * s, more(event(s), 4999, event(8*s)), true},
		{"more events", 0, 9 * s, more(event(s), 5000, event(8*s)), false},
		{"more events after it", 0, 7 * s, more(event(s), 5000, event(8*s)), true},
		{"5000 calls", 0, 9 * s, more(calls(s, 2*s), 4999, calls(8*s, 8*s)), true},
		{"more calls", 0, 9 * s, more(calls(s, 2*s), 5000, calls(8*s, 8*s)), false},
		{"more calls after it", 0, 7 * s, more(calls(s, 2*s), 5000, calls(8*s, 8*s)), true},
		{"more calls than events", 0, 9 * s, more(event(s), 5000, calls(8*s, 8*s)), true},
	} {
		svg := draw(start, test.entries, test.from, test.to)
		of := func(text string) bool { return strings.Contains(svg, "<title>"+text) }
		if got := of("1.000000  101  dropped: odd") || of("77 empty polls, from 1.000000 "); got != test.want {
			t.Errorf("%s is drawn: %v, in\n%.3000s", test.name, got, svg)
		}
	}
}

// An entry that is an event is the timeline's line of it, and one that stands for several
// is a line that says of how many.
func TestHistoryLines(t *testing.T) {
	e := entry{Event: trace.Event{Time: start.Add(ms), Kind: trace.TimerFired, LUN: 101, Callback: "ServerCallback"}, until: start.Add(3 * ms)}
	with := func(f func(*entry)) entry {
		other := e
		f(&other)
		return other
	}
	want(t, "the history", history([]entry{
		e,
		with(func(e *entry) { e.number = 2 }),
		with(func(e *entry) { e.number, e.gap = 1, true }),
		with(func(e *entry) { e.number, e.gap, e.asleep = 1, true, true }),
	}), ` 0.001000  101  ServerCallback
 0.001000  101  ServerCallback found nothing 2 times, until 2ms later
 0.001000  101  1 events are not kept, until 2ms later
 0.001000  101  nobody watched, until 2ms later
`)
}
