package watch

import (
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"sockhttp/sock/trace"
)

// What a ServerCallback may tell of.
var (
	fired   = trace.Event{Kind: trace.TimerFired, LUN: 101, Callback: "ServerCallback"}
	poll    = trace.Event{Kind: trace.PollBegun, LUN: 101, Wait: 10 * ms}
	nothing = trace.Event{Kind: trace.PollEnded, LUN: 101, Err: os.ErrDeadlineExceeded}
	wrote   = trace.Event{Kind: trace.Wrote, LUN: 101, Bytes: 5}
	set     = trace.Event{Kind: trace.TimerSet, LUN: 101, Callback: "ServerCallback", Delay: 100 * ms}
	linger  = trace.Event{Kind: trace.TimerSet, LUN: 101, Callback: "LingerCallback", Delay: 100 * ms}
)

// tell tells a recorder of events at a time since the start.
func (r *recorder) tell(at time.Duration, events ...trace.Event) {
	for _, e := range events {
		e.Time = start.Add(at)
		r.record(e)
	}
}

func history(entries []entry) string { return string(appendHistory(nil, start, entries)) }

// lines are the history of a recorder, without spaces at the beginning of a line.
func (r *recorder) lines() (lines []string) {
	for line := range strings.Lines(history(r.history())) {
		lines = append(lines, strings.TrimSpace(line))
	}
	return lines
}

// Two calls in a row become one entry if they found nothing, and no others do.
func TestWhichCallsAreFolded(t *testing.T) {
	failed := func(kind trace.Kind, err error) trace.Event { return trace.Event{Kind: kind, LUN: 101, Err: err} }
	for _, test := range []struct {
		name   string
		call   []trace.Event
		folded bool
	}{
		{"it sets itself again", []trace.Event{fired, set}, true},
		{"its poll found nothing", []trace.Event{fired, poll, nothing, set}, true},
		{"its poll found input", []trace.Event{fired, poll, {Kind: trace.PollEnded, LUN: 101, Bytes: 5}, set}, false},
		{"its poll found the end", []trace.Event{fired, poll, failed(trace.PollEnded, io.EOF), set}, false},
		{"it is the last", []trace.Event{fired}, false},
		{"it is the last, and its poll found nothing", []trace.Event{fired, poll, nothing}, false},
		{"another follows it", []trace.Event{fired, linger}, false},
		{"it sets the same of another unit", []trace.Event{fired, poll, nothing, {Kind: trace.TimerSet, LUN: 102, Callback: set.Callback}}, false},
		{"another follows it, and its poll found nothing", []trace.Event{fired, poll, nothing, linger}, false},
		{"it wrote", []trace.Event{fired, wrote, set}, false},
		{"it wrote twice", []trace.Event{fired, wrote, wrote, set}, false},
		{"it wrote, though its poll found nothing", []trace.Event{fired, poll, nothing, wrote, set}, false},
		{"it wrote last", []trace.Event{fired, wrote}, false},
		{"its client was too slow", []trace.Event{fired, poll, failed(trace.Dropped, os.ErrDeadlineExceeded), set}, false},
	} {
		r := newRecorder()
		r.tell(0, test.call...)
		r.tell(ms, test.call...)
		r.tell(2*ms, fired)
		n := 2*len(test.call) + 1
		if test.folded {
			n = 2
		}
		lines := r.lines()
		if len(lines) != n || (lines[0] == "0.000000  101  ServerCallback found nothing 2 times, until 1ms later") != test.folded {
			t.Errorf("%s: the history is %q", test.name, lines)
		}
	}

	r := newRecorder() // and no more than the end of a long one is known
	for i := range 2 {
		r.tell(time.Duration(i)*ms, fired)
		for range atOnce - 1 {
			r.tell(time.Duration(i)*ms, wrote)
		}
		r.tell(time.Duration(i)*ms, set, set)
		r.since(0)
	}
	r.tell(2*ms, fired)
	want(t, "the history of two long calls", len(r.lines()), 2*(atOnce+2)+1)
}

// Calls of two callbacks, units or clients do not become one entry, and neither do such
// as take longer than 25 ms by the real clock, or that lie around another.
func TestWhichCallsAreFoldedTogether(t *testing.T) {
	const together = "0.000000  101  ServerCallback found nothing 3 times, until "
	address := &net.TCPAddr{Port: 1}
	other := func(f func(*trace.Event)) []trace.Event {
		call := []trace.Event{fired, set}
		f(&call[0])
		f(&call[1])
		return call
	}
	for _, test := range []struct {
		name   string
		slower int
		last   time.Duration
		call   []trace.Event // before the last
		want   []string
	}{
		{"within 25 ms", 1, 25 * ms, nil, []string{together + "25ms later", "0.026000  101  ServerCallback"}},
		{"beyond", 1, 25*ms + 1, nil, []string{
			"0.000000  101  ServerCallback found nothing 2 times, until 1ms later", "0.025000  101  ServerCallback", "0.025000  101  ServerCallback set in 100ms", "0.026000  101  ServerCallback"}},
		{"ten times slower", 10, 2500 * time.Microsecond, nil, []string{together + "2.5ms later", "0.003500  101  ServerCallback"}},
		{"beyond that", 10, 2500*time.Microsecond + 1, nil, []string{
			"0.000000  101  ServerCallback found nothing 2 times, until 1ms later", "0.002500  101  ServerCallback", "0.002500  101  ServerCallback set in 100ms", "0.003500  101  ServerCallback"}},
		{"another callback", 1, 2 * ms, other(func(e *trace.Event) { e.Callback = "LingerCallback" }), []string{
			together + "2ms later", "0.001000  101  LingerCallback", "0.001000  101  LingerCallback set in 100ms", "0.003000  101  ServerCallback"}},
		{"another unit", 1, 2 * ms, other(func(e *trace.Event) { e.LUN = 102 }), []string{
			together + "2ms later", "0.001000  102  ServerCallback", "0.001000  102  ServerCallback set in 100ms", "0.003000  101  ServerCallback"}},
		{"another client", 1, 2 * ms, other(func(e *trace.Event) { e.Addr = address }), []string{
			together + "2ms later", "0.001000  101  ServerCallback", "0.001000  101  ServerCallback set in 100ms", "0.003000  101  ServerCallback"}},
		{"a call that found something", 1, 2 * ms, []trace.Event{fired, wrote, set}, []string{
			"0.000000  101  ServerCallback found nothing 2 times, until 1ms later",
			"0.001000  101  ServerCallback", "0.001000  101  wrote 5 bytes", "0.001000  101  ServerCallback set in 100ms",
			"0.002000  101  ServerCallback", "0.002000  101  ServerCallback set in 100ms", "0.003000  101  ServerCallback"}},
	} {
		r := newRecorder()
		r.setSlower(test.slower)
		r.tell(0, fired)
		r.tell(ms/2, set)
		r.tell(ms, fired, set)
		r.tell(ms, test.call...)
		r.tell(test.last, fired, set)
		r.tell(test.last+ms, fired)
		if got := r.lines(); fmt.Sprint(got) != fmt.Sprint(test.want) {
			t.Errorf("%s: the history is\n%s\nwant\n%s", test.name, strings.Join(got, "\n"), strings.Join(test.want, "\n"))
		}
	}
}

// From one question of a page to the next 1000 events are kept. What is beyond is one
// entry; what is known of the callbacks is then known no more, and nothing that came
// before is lost.
func TestTheBudget(t *testing.T) {
	r := newRecorder()
	other := fired
	other.LUN = 102
	for _, beyond := range []int{4, 1} {
		r.tell(0, other)
		r.tell(0, fired, set) // folded, and pending
		r.tell(ms, fired, set)
		r.tell(2*ms, other)
		since := r.since(0).next // and with it nothing is spent
		for range 1000 {
			r.tell(3*ms, other) // which ends the one before
		}
		for i := range beyond {
			r.tell(time.Duration(5+i)*ms, wrote)
		}
		s := r.since(since)
		want(t, "how many are kept", len(s.kept), 1001)
		want(t, "the last that are kept", history(s.kept[999:]), fmt.Sprintf(" 0.003000  102  ServerCallback\n 0.005000    0  %d events are not kept, until %v later\n", beyond, time.Duration(beyond-1)*ms))
		want(t, "what is pending", len(s.pending), 1)

		r.tell(9*ms, wrote)
		s = r.since(s.next)
		want(t, "what is then kept", history(s.kept), " 0.003000  102  ServerCallback\n 0.000000  101  ServerCallback found nothing 2 times, until 1ms later\n")
		want(t, "what is then open", history(s.open), " 0.009000  101  wrote 5 bytes\n")
		want(t, "what is then pending", len(s.pending), 0)
	}
	for range 2000 {
		r.tell(9*ms, other)
	}
	r.reset()
	s := r.since(0)
	want(t, "what is left after a reset", len(s.kept)+len(s.open)+len(s.pending)+int(s.last.order), 0)
}

// The page is told which event came last, and in which callback, whose first 512 events
// are kept before it ends.
func TestTheLastEvent(t *testing.T) {
	r := newRecorder()
	last := func(name string, order uint64, callback string, kept, open int) {
		t.Helper()
		s := r.since(0)
		want(t, name+": its number", s.last.order, order)
		want(t, name+": its callback", s.call.Callback, callback)
		want(t, name+": what is kept", len(s.kept), kept)
		want(t, name+": what is open", len(s.open), open)
	}
	last("before any", 0, "", 0, 0)
	r.tell(0, fired)
	last("the first", 1, "ServerCallback", 0, 1)
	r.tell(0, wrote)
	last("the second", 2, "ServerCallback", 0, 2)
	for range 509 {
		r.tell(0, wrote)
	}
	last("the 511th", 511, "ServerCallback", 0, 511)
	r.tell(0, wrote)
	last("the 512th", 512, "", 512, 0)
	r.tell(0, wrote)
	last("the 513th", 513, "", 512, 1)
	r.skip(start, start)
	last("that nobody watched", 513, "", 513, 1)
	want(t, "the number of that", r.since(512).kept[0].order, uint64(514))
	r.reset()
	last("none after a reset", 0, "", 0, 0)
}

// What is open is told in the order in which it began, and what is pending in that in
// which it will be called: of what is due at once, what was set first.
func TestTheOrderOfWhatIsTold(t *testing.T) {
	r := newRecorder()
	var order, units, numbers, byDue []int
	for i := range 20 {
		f, again := fired, set
		f.LUN, again.LUN = 101+i, 101+i
		again.Delay = time.Duration(19-i) / 2 * ms
		r.tell(0, f, again)
		numbers = append(numbers, 2*i+1, 2*i+2)
		byDue = append(byDue, 119-i/2*2+i%2)
	}
	s := r.since(0)
	for _, e := range s.open {
		order = append(order, int(e.order))
	}
	for _, p := range s.pending {
		units = append(units, p.lun)
	}
	want(t, "what is open", order, numbers)
	want(t, "what is pending", units, byDue)
}

// A page gets all that is kept if it asks for what is not there, and at most the last
// 32768 entries.
func TestWhatIsKept(t *testing.T) {
	r := newRecorder()
	fill := func(n int) {
		for i := range n {
			if r.tell(0, fired); i%500 == 0 {
				r.since(r.next) // a page asks now and then
			}
		}
	}
	told := func(name string, since uint64, n int, first uint64) {
		t.Helper()
		s := r.since(since)
		want(t, name+": how many", len(s.kept), n)
		if n > 0 {
			want(t, name+": the first of them", s.kept[0].order, first)
		}
	}
	fill(11)
	told("from the beginning", 0, 10, 1)
	told("from the middle", 5, 5, 6)
	told("nothing new", 10, 0, 0)
	told("of another server", 11, 10, 1)
	r.reset()
	fill(6)
	told("before a reset", 5, 5, 12)
	told("after it", 12, 3, 14)
	fill(1<<15 - 5)
	told("all that there is room for", 0, 1<<15, 12)
	fill(3)
	told("and more", 0, 1<<15, 15)
	told("what is gone", 12, 1<<15, 15)
}
