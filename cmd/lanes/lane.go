package lanes

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"time"

	"sockhttp/sock/trace"
)

// A lane is what one unit's number did.
type lane struct {
	lun     int
	listens bool // it is the listener's
	items   []item
	lives   []life
}

// A life is the time in which a client holds the unit's number. The listener has
// one, which never ends.
type life struct {
	from, freed, closed time.Duration
	ended, isFree       bool
}

func (l life) end() time.Duration {
	if l.ended {
		return l.closed
	}
	return math.MaxInt64
}

// An item is what is drawn of some lines of the timeline.
type item struct {
	kind     kind
	from, to time.Duration
	lines    lines
	label    string // idle: how many there are; replied, trouble: in short what happened
}

type kind int

const (
	callback kind = iota
	empty         // a poll that found nothing
	found         // a poll that found something
	idle          // callbacks in a row that found nothing
	set           // a callback is set
	accepted
	routine
	wrote
	replied
	freed
	closed
	trouble // a client is given up, or cannot be had
	crowd   // more than there is room for
)

// lines are the timeline's lines, from 0, in runs from the first to the last.
type lines [][2]int

func (l lines) add(i int) lines {
	if n := len(l); n > 0 && l[n-1][1] == i-1 {
		l[n-1][1] = i
		return l
	}
	return append(l, [2]int{i, i})
}

func (l lines) join(m lines) lines {
	for _, run := range m {
		if n := len(l); n > 0 && l[n-1][1] == run[0]-1 {
			l[n-1][1] = run[1]
		} else {
			l = append(l, run)
		}
	}
	return l
}

func (l lines) count() (n int) {
	for _, run := range l {
		n += run[1] - run[0] + 1
	}
	return n
}

// lanesOf sorts into lanes, in the order of their numbers, what of a history is not
// outside. Lanes beyond limit are left out, and counted.
func lanesOf(h *History, limit int, outside func(from, to time.Duration) bool) (lanes []*lane, left int) {
	byLUN := map[int]*lane{}
	of := func(lun int) *lane {
		l := byLUN[lun]
		if l == nil {
			l = &lane{lun: lun}
			byLUN[lun] = l
			lanes = append(lanes, l)
		}
		return l
	}
	for i := range h.Events {
		of(h.Events[i].LUN).take(h, i)
	}
	for _, i := range h.Idle {
		l := of(i.LUN)
		if len(l.lives) == 0 {
			l.lives = append(l.lives, life{})
		}
		l.items = append(l.items, item{kind: idle, from: i.From, to: i.To, label: fmt.Sprintf("%d empty polls", i.Number)})
	}
	for _, l := range lanes {
		slices.SortStableFunc(l.items, func(a, b item) int { return cmp.Compare(a.from, b.from) })
		l.items = slices.DeleteFunc(l.items, func(i item) bool { return outside(i.from, i.to) })
		l.lives = slices.DeleteFunc(l.lives, func(v life) bool { return outside(v.from, v.end()) })
	}
	lanes = slices.DeleteFunc(lanes, func(l *lane) bool { return len(l.items)+len(l.lives) == 0 })
	slices.SortFunc(lanes, func(a, b *lane) int { return a.lun - b.lun })
	if len(lanes) > limit {
		lanes, left = lanes[:limit], len(lanes)-limit
	}
	for _, l := range lanes {
		l.fold()
	}
	return lanes, left
}

// take takes event i, which comes after all it has taken.
func (l *lane) take(h *History, i int) {
	e, at := h.Events[i], h.at(i)
	if len(l.lives) == 0 && e.Kind != trace.Accepted && e.Kind != trace.Connected {
		l.lives = append(l.lives, life{})
	}
	if n := len(l.items); n > 0 && l.items[n-1].kind == routine {
		l.items[n-1].to = at // what the routine does comes before it returns
	}
	add := func(k kind, to time.Duration, label string) {
		l.items = append(l.items, item{k, at, to, lines{}.add(i), label})
	}
	switch e.Kind {
	case trace.TimerSet:
		add(set, at+e.Delay, "")
	case trace.TimerFired:
		l.listens = l.listens || e.Callback == "ListenerCallback"
		add(callback, at, "")
	case trace.PollBegun:
		add(empty, at+e.Wait, "") // until its end is known
	case trace.PollEnded:
		l.pollEnded(e, at, i)
	case trace.Accepted, trace.Connected:
		l.lives = append(l.lives, life{from: at})
		add(accepted, at, "")
	case trace.Dispatched:
		add(routine, at, "")
	case trace.Wrote:
		add(wrote, at, "")
	case trace.Replied:
		add(replied, at, fmt.Sprintf("%s after %v", e.Note, short(e.Took)))
	case trace.Freed:
		live := &l.lives[len(l.lives)-1]
		live.freed, live.isFree = at, true
		add(freed, at, "")
	case trace.Closed:
		l.closed(at)
		add(closed, at, "")
	default:
		add(trouble, at, e.String())
	}
}

// short is d to four digits.
func short(d time.Duration) time.Duration {
	digit := time.Duration(1)
	for d/digit >= 10_000 {
		digit *= 10
	}
	return d.Round(digit)
}

// closed ends the oldest life, since a new one may begin before.
func (l *lane) closed(at time.Duration) {
	for i := range l.lives {
		if live := &l.lives[i]; !live.ended {
			if live.closed, live.ended = at, true; !live.isFree {
				live.freed, live.isFree = at, true
			}
			return
		}
	}
}

// pollEnded completes the poll that has begun.
func (l *lane) pollEnded(e trace.Event, at time.Duration, i int) {
	n := len(l.items)
	if n == 0 || l.items[n-1].kind != empty || l.items[n-1].lines.count() > 1 {
		l.items = append(l.items, item{kind: empty, from: at}) // the timeline begins within it
		n++
	}
	poll := &l.items[n-1]
	poll.to, poll.lines = at, poll.lines.add(i)
	if !errors.Is(e.Err, os.ErrDeadlineExceeded) {
		poll.kind = found
	}
}

// fold makes one item of rounds in a row that found nothing. A round is a
// callback, its poll if it has one, and its setting again.
func (l *lane) fold() {
	var folded []item
	for i := 0; i < len(l.items); {
		end, rounds, polls := i, 0, 0
		for {
			next, polled := l.round(end)
			if next == end {
				break
			}
			end, rounds = next, rounds+1
			if polled {
				polls++
			}
		}
		if rounds < 2 {
			end = max(end, i+1)
			folded = append(folded, l.items[i:end]...)
			i = end
			continue
		}
		last := l.items[end-1] // how it goes on
		if last.kind == set {
			end--
		}
		run := item{kind: idle, from: l.items[i].from}
		for _, it := range l.items[i:end] {
			run.to, run.lines = max(run.to, it.from), run.lines.join(it.lines)
			if it.kind == empty {
				run.to = max(run.to, it.to)
			}
		}
		if run.label = fmt.Sprintf("%d empty polls", rounds); polls < rounds {
			run.label = fmt.Sprintf("%d idle callbacks", rounds)
		}
		folded = append(folded, run)
		i = end
		if last.kind == set {
			folded = append(folded, last)
			i++
		}
	}
	l.items = folded
}

// round returns where a round that begins at item i ends, or i if none does, and
// whether it polled.
func (l *lane) round(i int) (end int, polled bool) {
	is := func(k kind) bool { return end < len(l.items) && l.items[end].kind == k }
	end = i
	called := is(callback)
	if called {
		end++
	}
	if is(empty) {
		polled = true
		end++
	}
	again := is(set)
	if again {
		end++
	}
	if !polled && !(called && again) {
		return i, false
	}
	return end, polled
}
