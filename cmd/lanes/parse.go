package lanes

import (
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/netip"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"sockhttp/sock/trace"
)

// Parse reads a timeline, as package socktest writes it. Its errors name the line.
// Start of the history is the zero time.
func Parse(name, timeline string) (History, error) {
	h := History{Name: name}
	if !utf8.ValidString(timeline) {
		return h, errors.New("it is not text; a timeline has a line for each event, as testdata/timelines has them")
	}
	n := 0
	for line := range strings.Lines(timeline) {
		n++
		line = strings.TrimRight(line, "\r\n")
		e, err := parseLine(line)
		if err != nil {
			return History{}, fmt.Errorf("line %d: %w: %.100q", n, err, line)
		}
		if len(h.Events) > 0 && e.Time.Before(h.Events[len(h.Events)-1].Time) {
			return History{}, fmt.Errorf("line %d: the time goes back: %.100q", n, line)
		}
		h.Events = append(h.Events, e)
	}
	if len(h.Events) == 0 {
		return History{}, errors.New("the timeline has no lines")
	}
	return h, nil
}

var fields = regexp.MustCompile(`^ *([0-9]+\.[0-9]{6})  +([0-9]+)  (.+)$`)

func parseLine(line string) (e trace.Event, err error) {
	m := fields.FindStringSubmatch(line)
	if m == nil {
		return e, errors.New("this is not a time in seconds, a unit and an event")
	}
	seconds, _ := strconv.ParseFloat(m[1], 64) // infinite if it is too long
	if seconds > maxSeconds {
		return e, errors.New("the time is too long")
	}
	lun, err := strconv.Atoi(m[2])
	if err != nil {
		return e, errors.New("the unit is not a number")
	}
	e, err = parseEvent(m[3])
	e.Time = time.Time{}.Add(time.Duration(math.Round(seconds*1e6)) * time.Microsecond)
	e.LUN = lun
	return e, err
}

const maxSeconds = 1e9 // of a timeline; a time.Duration holds nine times as much

// forms are what a line may say, in the words of trace.Event's String. A form
// that may be taken for another one comes after it.
var forms = []struct {
	pattern *regexp.Regexp
	event   func(p *parts) trace.Event
}{
	{form(`(\w+Callback) set in (.+)`), func(p *parts) trace.Event {
		return trace.Event{Kind: trace.TimerSet, Callback: p.text(1), Delay: p.duration(2)}
	}},
	{form(`(\w+Callback)`), func(p *parts) trace.Event { return trace.Event{Kind: trace.TimerFired, Callback: p.text(1)} }},
	{form(`poll, waiting up to (.+)`), func(p *parts) trace.Event { return trace.Event{Kind: trace.PollBegun, Wait: p.duration(1)} }},
	{form(`poll ended: nothing`), ended(os.ErrDeadlineExceeded)},
	{form(`poll ended: the client has shut its side`), ended(io.EOF)},
	{form(`poll ended: a client is waiting`), ended(nil)},
	{form(`poll ended: (\d+) bytes`), func(p *parts) trace.Event { return trace.Event{Kind: trace.PollEnded, Bytes: p.number(1)} }},
	{form(`poll ended: (.+)`), failed(trace.PollEnded)},
	{form(`accepted (.+)`), func(p *parts) trace.Event { return trace.Event{Kind: trace.Accepted, Addr: p.addr(1)} }},
	{form(`accept failed: (.+)`), failed(trace.AcceptFailed)},
	{form(`connected to (.+)`), func(p *parts) trace.Event { return trace.Event{Kind: trace.Connected, Addr: p.addr(1)} }},
	{form(`connecting failed: (.+)`), failed(trace.ConnectFailed)},
	{form(`routine called`), func(*parts) trace.Event { return trace.Event{Kind: trace.Dispatched} }},
	{form(`wrote (\d+) bytes`), func(p *parts) trace.Event { return trace.Event{Kind: trace.Wrote, Bytes: p.number(1)} }},
	{form(`replied after (\S+): (.*), (\d+) of (\d+) bytes`), func(p *parts) trace.Event {
		return trace.Event{Kind: trace.Replied, Took: p.duration(1), Note: p.text(2), Bytes: p.number(3), Of: p.number(4)}
	}},
	{form(`replied after (\S+): (.*), (\d+) bytes`), func(p *parts) trace.Event {
		return trace.Event{Kind: trace.Replied, Took: p.duration(1), Note: p.text(2), Bytes: p.number(3)}
	}},
	{form(`dropped: (.+)`), failed(trace.Dropped)},
	{form(`freed after (\S+), (\d+) bytes written`), func(p *parts) trace.Event {
		return trace.Event{Kind: trace.Freed, Took: p.duration(1), Bytes: p.number(2)}
	}},
	{form(`closed`), func(*parts) trace.Event { return trace.Event{Kind: trace.Closed} }},
}

func form(pattern string) *regexp.Regexp { return regexp.MustCompile("^" + pattern + "$") }

func ended(err error) func(*parts) trace.Event {
	return func(*parts) trace.Event { return trace.Event{Kind: trace.PollEnded, Err: err} }
}

func failed(kind trace.Kind) func(*parts) trace.Event {
	return func(p *parts) trace.Event { return trace.Event{Kind: kind, Err: errors.New(p.text(1))} }
}

func parseEvent(text string) (trace.Event, error) {
	for _, f := range forms {
		if m := f.pattern.FindStringSubmatch(text); m != nil {
			p := &parts{found: m}
			e := f.event(p)
			return e, p.err
		}
	}
	if folded.MatchString(text) {
		return trace.Event{}, errors.New("this line stands for several events; the page that has kept it draws them itself, as a picture")
	}
	return trace.Event{}, errors.New("there is no such event")
}

// folded are the lines of the page's own history for which there is no event.
var folded = regexp.MustCompile(`^\w+ found nothing \d+ times, until |^\d+ events are not kept, until `)

// parts are what a form's pattern found, and the first of them that is wrong.
type parts struct {
	found []string
	err   error
}

func (p *parts) text(n int) string { return p.found[n] }

func (p *parts) number(n int) int64 {
	v, err := strconv.ParseInt(p.found[n], 10, 64)
	p.note(err, n, "a number of bytes")
	return v
}

func (p *parts) duration(n int) time.Duration {
	d, err := time.ParseDuration(p.found[n])
	if err == nil && (d < 0 || d.Seconds() > maxSeconds) {
		err = errors.New("out of range")
	}
	p.note(err, n, "a time like 100ms")
	return d
}

func (p *parts) addr(n int) net.Addr {
	addr, err := netip.ParseAddrPort(p.found[n])
	p.note(err, n, "an address and a port")
	return net.TCPAddrFromAddrPort(addr)
}

func (p *parts) note(err error, n int, want string) {
	if err != nil && p.err == nil {
		p.err = fmt.Errorf("%q is not %s", p.found[n], want)
	}
}
