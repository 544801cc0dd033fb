package watch

import (
	"cmp"
	"errors"
	"net"
	"os"
	"slices"
	"sync"
	"time"

	"sockhttp/sock/trace"
)

const (
	kept   = 1 << 15 // entries that are kept
	budget = 1000    // entries that are kept from one question of a page to the next
	atOnce = 512     // events of one callback that are held until it ends
)

// A recorder keeps what a server does. Calls of a callback that found nothing,
// and come soon after each other, become one entry with their number. What is
// beyond its bounds is counted.
type recorder struct {
	mu      sync.Mutex
	window  time.Duration // by the queue's clock, in which empty calls become one
	ring    []entry       // the entry n is at n % kept
	first   uint64        // the number of the first entry since the last reset
	next    uint64        // that of the next entry
	order   uint64        // of the next event
	call    []entry       // the events of the callback that is running, or ran last
	folds   map[key]*fold
	pending map[key]due
	spent   int   // of the budget
	gap     entry // stands for what is beyond it
	lost    bool  // something was, so that what is known of the callbacks is out of date
}

// An entry is an event, or stands for several: calls that found nothing, or events
// that were not kept.
type entry struct {
	trace.Event
	order  uint64
	number int       // of calls or events, if it stands for several
	until  time.Time // the last of them was
	gap    bool      // they were not kept
	asleep bool      // nobody watched, and how many there were is not known
}

// A key names a callback that is pending: there is one of each for a unit. Two
// units with one number have different addresses.
type key struct {
	callback string
	lun      int
	addr     net.Addr
}

// A due is when a callback is due, and in which order it was set.
type due struct {
	at    time.Time
	order uint64
}

// A fold is calls of one callback in a row that found nothing.
type fold struct {
	first  []entry // the events of the first call
	number int
	until  time.Time
}

func newRecorder() *recorder {
	r := &recorder{window: foldWindow}
	r.reset()
	return r
}

// foldWindow is how long calls may take that become one entry, at full speed: too
// short to be seen.
const foldWindow = 25 * time.Millisecond

// reset forgets everything.
func (r *recorder) reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ring, r.call, r.spent, r.gap, r.lost = nil, nil, 0, entry{}, false
	r.first = r.next
	r.folds, r.pending = map[key]*fold{}, map[key]due{}
}

// skip notes that nobody watched for a while.
func (r *recorder) skip(from, to time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.order++
	r.keep(entry{Event: trace.Event{Time: from}, order: r.order, number: 1, until: to, gap: true, asleep: true})
}

// setSlower tells how much slower the queue's clock runs.
func (r *recorder) setSlower(times int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.window = foldWindow / time.Duration(times)
}

// record is called with each event, on the goroutine of the server's queue.
func (r *recorder) record(e trace.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.order++
	if r.spent >= budget {
		if r.gap.number++; r.gap.number == 1 {
			r.gap.Time, r.gap.order, r.gap.gap = e.Time, r.order, true
		}
		r.gap.until = e.Time
		return
	}
	if r.lost {
		r.forget()
	}
	switch e.Kind {
	case trace.TimerSet:
		r.pending[key{e.Callback, e.LUN, e.Addr}] = due{e.Time.Add(e.Delay), r.order}
	case trace.TimerFired:
		delete(r.pending, key{e.Callback, e.LUN, e.Addr})
		r.endCall()
	}
	r.call = append(r.call, entry{Event: e, order: r.order})
	if len(r.call) == atOnce {
		r.keep(r.call...)
		r.call = r.call[:0]
	}
}

// forget gives up what events that were not kept have made wrong.
func (r *recorder) forget() {
	r.lost = false
	clear(r.pending)
	r.keep(r.call...)
	r.call = r.call[:0]
	for k, f := range r.folds {
		r.keepFold(f)
		delete(r.folds, k)
	}
}

// endCall deals with the events of a callback that has ended.
func (r *recorder) endCall() {
	if len(r.call) == 0 {
		return
	}
	first := r.call[0]
	k := key{first.Callback, first.LUN, first.Addr}
	f, last := r.folds[k], r.call[len(r.call)-1]
	switch empty := isEmpty(r.call); {
	case empty && f != nil && last.Time.Sub(f.first[0].Time) <= r.window:
		f.number++
		f.until = last.Time
	case empty:
		if f == nil {
			f = &fold{}
			r.folds[k] = f
		} else {
			r.keepFold(f)
		}
		f.first, f.number, f.until = append(f.first[:0], r.call...), 1, last.Time
	default:
		if f != nil {
			r.keepFold(f)
			delete(r.folds, k)
		}
		r.keep(r.call...)
	}
	r.call = r.call[:0]
}

// isEmpty reports whether a callback found nothing to do and set itself again, which
// alone tells of the same callback.
func isEmpty(call []entry) bool {
	n := len(call)
	if call[0].Kind != trace.TimerFired || call[n-1].Callback != call[0].Callback || call[n-1].LUN != call[0].LUN {
		return false
	}
	return n == 2 || n == 4 && call[2].Kind == trace.PollEnded && errors.Is(call[2].Err, os.ErrDeadlineExceeded)
}

// keep puts entries into the ring.
func (r *recorder) keep(entries ...entry) {
	if r.ring == nil {
		r.ring = make([]entry, kept)
	}
	for _, e := range entries {
		r.ring[r.next%kept] = e
		r.next++
	}
	r.spent += len(entries)
}

func (r *recorder) keepFold(f *fold) { r.keep(f.entries()...) }

// entries are the events of a single call, or one entry for all of several.
func (f *fold) entries() []entry {
	if f.number == 1 {
		return f.first
	}
	e := f.first[0]
	e.number, e.until = f.number, f.until
	return []entry{e}
}

// A snapshot is what a page is told.
type snapshot struct {
	kept    []entry // from the number that it asked for
	open    []entry // what is not yet kept, and told again the next time
	next    uint64
	last    entry
	call    entry // which callback is running, or ran last
	pending []waiting
}

// A waiting is a callback that is pending.
type waiting struct {
	key
	due
}

// since returns what was kept since a number, all of it if that is too long ago.
func (r *recorder) since(number uint64) (s snapshot) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.gap.number > 0 {
		r.keep(r.gap)
		r.gap, r.lost = entry{}, true
	}
	r.spent, s.next = 0, r.next
	first := max(r.first, r.next-min(r.next, kept))
	if number > r.next || number < first {
		number = first
	}
	for ; number < r.next; number++ {
		s.kept = append(s.kept, r.ring[number%kept])
	}
	for _, f := range r.folds {
		s.open = append(s.open, f.entries()...)
	}
	s.open = append(s.open, r.call...)
	slices.SortFunc(s.open, byOrder)
	switch n := len(r.call); {
	case n > 0:
		s.call, s.last = r.call[0], r.call[n-1]
	case r.next > first:
		s.last = r.ring[(r.next-1)%kept]
	}
	for k, d := range r.pending {
		s.pending = append(s.pending, waiting{k, d})
	}
	slices.SortFunc(s.pending, func(a, b waiting) int {
		if c := a.at.Compare(b.at); c != 0 {
			return c
		}
		return cmp.Compare(a.order, b.order)
	})
	return s
}

// history is all that is kept, in the order in which it happened.
func (r *recorder) history() []entry {
	s := r.since(0)
	all := append(s.kept, s.open...)
	slices.SortFunc(all, byOrder)
	return all
}

func byOrder(a, b entry) int { return cmp.Compare(a.order, b.order) }
