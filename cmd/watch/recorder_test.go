package watch

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sockhttp/cmd/lanes"
	"sockhttp/sock"
	"sockhttp/sock/socktest"
	"sockhttp/sock/trace"
)

const ms = time.Millisecond

// hello is a routine that answers whoever says anything.
func hello(client *sock.Unit) {
	client.Write([]byte("hello\n"))
	client.Free()
}

// recorded plays a server that answers whoever says anything, and returns what
// was recorded of it and its timeline.
func recorded(pace sock.Pace, window time.Duration, play func(*socktest.Server)) (*recorder, string) {
	s := socktest.NewServer(hello)
	s.Pace = pace
	r := newRecorder()
	r.window = window
	record := s.Timeline.Record
	s.Trace = trace.All(func(e trace.Event) {
		record(e)
		r.record(e)
	})
	s.Start()
	play(s)
	return r, s.Timeline.String()
}

func twoClients(s *socktest.Server) {
	s.Client(150*ms, socktest.Send("anyone?"))
	s.Client(350*ms, socktest.Send("any"), socktest.Pause(50*ms), socktest.Send("one?"))
	s.Run(time.Second)
}

var start = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// What is kept of the posted pace, where nothing is folded, is the timeline.
func TestTheHistoryIsTheTimeline(t *testing.T) {
	r, timeline := recorded(sock.Posted(), 0, twoClients)
	if got := history(r.history()); got != timeline {
		t.Errorf("the history is\n%s\nwant\n%s", got, timeline)
	}
}

// Calls that found nothing become one entry, which tells how many they were, and
// all else is kept as it was.
func TestEmptyCallsAreFolded(t *testing.T) {
	r, timeline := recorded(sock.Eager(), 25*ms, func(s *socktest.Server) {
		s.Client(50*ms, socktest.Pause(100*ms), socktest.Send("anyone?"))
		twoClients(s)
	})
	lines, events := 0, 0
	for _, e := range r.history() {
		lines++
		if e.number > 1 {
			// Of a call that found nothing, three or four events are told: one that
			// polls has four.
			events += 4 * e.number
			if e.LUN == 101 && e.until.Sub(e.Time) > 25*ms {
				t.Errorf("%v of calls became one entry", e.until.Sub(e.Time))
			}
			continue
		}
		events++
		if !strings.Contains(timeline, string(e.AppendLine(nil, start))+"\n") {
			t.Errorf("%v was never told", e.Event)
		}
	}
	if _, err := lanes.Parse("history", history(r.history())); err == nil || !strings.Contains(err.Error(), "this line stands for several events") {
		t.Errorf("a history with such lines is drawn: %v", err)
	}
	told := strings.Count(timeline, "\n")
	if lines > told/2 {
		t.Errorf("%d lines became %d", told, lines)
	}
	if events < told {
		t.Errorf("%d of %d events are told", events, told)
	}
	for _, what := range []string{"accepted", "routine called", "wrote 6 bytes", "freed", "closed"} {
		if got, want := strings.Count(history(r.history()), what), strings.Count(timeline, what); got != want {
			t.Errorf("%q is there %d times, want %d", what, got, want)
		}
	}
}

// A page gets each entry once, and what is not yet complete each time.
func TestSince(t *testing.T) {
	var seen []entry
	var r *recorder
	next := uint64(0)
	r, timeline := recorded(sock.Posted(), 0, twoClients)
	for range 3 {
		s := r.since(next)
		seen = append(seen, s.kept...)
		next = s.next
		if len(s.open) == 0 {
			t.Error("nothing is open, though a callback ran last")
		}
	}
	if got := history(append(seen, r.since(next).open...)); strings.Count(got, "\n") != strings.Count(timeline, "\n") {
		t.Errorf("a page sees\n%s\nof\n%s", got, timeline)
	}
	r.reset()
	if s := r.since(next); len(s.kept)+len(s.open)+len(s.pending) > 0 {
		t.Errorf("after a reset a page is told %v", s)
	}
}

// The pending callbacks are told in the order in which they will be called.
func TestPending(t *testing.T) {
	for _, pace := range []sock.Pace{sock.Posted(), sock.Eager()} {
		var r *recorder
		r, _ = recorded(pace, 25*ms, func(s *socktest.Server) {
			s.Client(10*ms, socktest.Send("anyone?"))
			s.Client(20 * ms)
			s.Client(30 * ms)
			s.Run(615 * ms)
			if got := s.Queue.Len(); got != 3 {
				t.Errorf("%d callbacks are pending", got)
			}
		})
		pending := r.since(0).pending
		if len(pending) != 3 {
			t.Fatalf("%d callbacks are told, want 3: %v", len(pending), pending)
		}
		for i := range pending[1:] {
			if a, b := pending[i], pending[i+1]; a.at.After(b.at) || a.at.Equal(b.at) && a.order > b.order {
				t.Errorf("%v is told before %v", a, b)
			}
		}
	}
}

// Beyond the budget events are counted, and nothing is held for them.
func TestWhatIsNotKeptIsCounted(t *testing.T) {
	r := newRecorder()
	e := trace.Event{Kind: trace.Wrote, LUN: 101}
	const many = 10 * budget
	for i := range many {
		e.Time = start.Add(time.Duration(i) * time.Microsecond)
		r.record(e)
	}
	s := r.since(0)
	told := 0
	for _, e := range append(s.kept, s.open...) {
		told += max(1, e.number)
	}
	if told != many || len(s.kept) > budget+atOnce {
		t.Errorf("%d entries tell of %d events, want %d", len(s.kept), told, many)
	}
	r.record(e)
	if s := r.since(s.next); len(s.open) != 1 || s.open[0].number > 0 {
		t.Errorf("after that the page is told %v", s.open)
	}
}

func BenchmarkRecord(b *testing.B) {
	r := newRecorder()
	events := []trace.Event{
		{Kind: trace.TimerFired, LUN: 101, Callback: "ServerCallback"}, {Kind: trace.PollBegun, LUN: 101}, {Kind: trace.PollEnded, LUN: 101, Bytes: 100},
		{Kind: trace.Dispatched, LUN: 101}, {Kind: trace.Wrote, LUN: 101, Bytes: 100}, {Kind: trace.TimerSet, LUN: 101, Callback: "ServerCallback"},
	}
	for i := 0; b.Loop(); i++ {
		e := events[i%len(events)]
		e.Time = start.Add(time.Duration(i))
		r.record(e)
		if i%8000 == 0 { // and half of them beyond the budget
			r.spent = 0
		}
	}
}

// When nobody has watched for a while, the history says so, and for how long.
func TestNobodyWatched(t *testing.T) {
	r, _ := recorded(sock.Posted(), 0, twoClients)
	asked := r.since(0).next
	r.reset()
	r.skip(start.Add(time.Second), start.Add(3*time.Second))
	s := r.since(asked)
	if got := history(s.kept); got != " 1.000000    0  nobody watched, until 2s later\n" {
		t.Errorf("the page is told %q", got)
	}
}

// A picture has the calls that are folded, too, and says how many they are.
func TestAPictureHasWhatIsFolded(t *testing.T) {
	r, _ := recorded(sock.Eager(), 25*ms, func(s *socktest.Server) { s.Client(0, socktest.Pause(time.Hour)); s.Run(time.Second) })
	n := 0
	for _, e := range r.history() {
		if e.number > 0 {
			n = e.number
		}
	}
	if svg := draw(start, r.history(), 0, time.Second); n == 0 || !strings.Contains(svg, fmt.Sprintf("<title>%d empty polls, from 0.00", n)) {
		t.Errorf("the picture lacks %d calls that are folded", n)
	}
}

// A picture of a part of the time has what reaches into it: here the poll from 0.1
// to 0.2 s, of which it shows the middle, and the unit and the arrow of a client.
func TestAPictureHasWhatReachesIntoIt(t *testing.T) {
	r, _ := recorded(sock.Posted(), 0, func(s *socktest.Server) {
		s.Client(150*ms, socktest.Pause(time.Hour))
		s.Run(time.Second)
	})
	for _, test := range []struct {
		from, to time.Duration
		want     []string
		not      string
	}{
		{120 * ms, 140 * ms, []string{`<title>0.100000  100  poll, waiting up to 100ms` + "\n" + `0.150000  100  poll ended: a client is waiting</title><rect class="poll" x="96.0" y="34.0" width="1080.0"`}, "0.260000"},
		{170 * ms, 240 * ms, []string{`class="life" x="96.0" y="92.0" width="1080.0"`, "101  ServerCallback set in 100ms"}, "0.100000"},
		{255 * ms, 258 * ms, []string{`<title>0.250000  101  poll, waiting up to 10ms` + "\n" + `0.260000  101  poll ended: nothing</title><rect class="poll" x="96.0" y="92.0" width="1080.0"`}, "0.150000  100"},
	} {
		svg := draw(start, r.history(), test.from, test.to)
		for _, want := range test.want {
			if !strings.Contains(svg, want) {
				t.Errorf("from %v to %v: there is no %s in\n%s", test.from, test.to, want, svg)
			}
		}
		if strings.Contains(svg, test.not) {
			t.Errorf("from %v to %v: there is %s", test.from, test.to, test.not)
		}
	}
}
