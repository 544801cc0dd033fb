package watch

import (
	"encoding/json"
	"os"
	"strconv"
	"time"

	"sockhttp/cmd/control"
	"sockhttp/sock/trace"
)

// kinds are the names of the kinds of events, for the page.
var kinds = [...]string{
	trace.TimerSet: "set", trace.TimerFired: "fired", trace.PollBegun: "poll", trace.PollEnded: "polled",
	trace.Accepted: "accepted", trace.AcceptFailed: "refused", trace.Connected: "connected", trace.ConnectFailed: "failed",
	trace.Dispatched: "called", trace.Wrote: "wrote", trace.Replied: "replied", trace.Dropped: "dropped", trace.Freed: "freed",
	trace.Closed: "closed",
}

// An answer is what the page is told when it asks for events.
type answer struct {
	Next    uint64          `json:"next"` // to be asked for the next time
	Now     float64         `json:"now"`  // of the queue, in seconds since the start
	State   control.State   `json:"state"`
	Pace    string          `json:"pace"`
	Blocks  bool            `json:"blocking"` // clients are waited for
	Events  json.RawMessage `json:"events"`
	Open    json.RawMessage `json:"open"` // not yet complete, and told again
	Last    json.RawMessage `json:"last"` // the event that came last
	In      string          `json:"in"`   // the callback that it came in
	Queue   []pending       `json:"queue"`
	Pending int             `json:"pending"` // all of the queue
	Clients []provoked      `json:"clients"`
	Kernel  *kernel         `json:"kernel"` // null unless paused
}

// A pending is a callback that is pending.
type pending struct {
	Unit     int     `json:"unit"`
	Callback string  `json:"callback"`
	Due      float64 `json:"due"` // in seconds since the start
	Order    uint64  `json:"order"`
}

// shown is how much of the queue the page is told.
const shown = 60

func (w *Watch) answer(since uint64) answer {
	state := w.control.State()
	w.recorder.setSlower(state.Slower)
	s := w.recorder.since(since)
	a := answer{
		Next: s.next, Now: w.control.Clock().Since(w.start).Seconds(), State: state, Pace: w.pace(), Blocks: w.blocks,
		Events: w.rows(s.kept), Open: w.rows(s.open), Last: w.rows(nil), In: s.call.Callback,
		Queue: []pending{}, Pending: len(s.pending), Clients: w.provoker.list(),
	}
	if s.last.order > 0 {
		a.Last = w.rows([]entry{s.last})
	}
	for _, p := range s.pending[:min(len(s.pending), shown)] {
		a.Queue = append(a.Queue, pending{p.lun, p.callback, p.at.Sub(w.start).Seconds(), p.order})
	}
	if state.Paused {
		a.Kernel = inKernel(os.DirFS("/proc/net"), w.port)
	}
	return a
}

// rows are entries in JSON: for each its order, time in seconds since the start,
// kind, unit, callback, length in seconds, number of events that it stands for,
// and text.
func (w *Watch) rows(entries []entry) json.RawMessage {
	b := make([]byte, 0, 2+100*len(entries))
	b = append(b, '[')
	for i := range entries {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendRow(b, w.start, &entries[i])
	}
	return append(b, ']')
}

func appendRow(b []byte, start time.Time, e *entry) []byte {
	kind, length := kinds[e.Kind], e.Delay+e.Wait+e.Took
	switch {
	case e.gap:
		kind, length = "gap", e.until.Sub(e.Time)
	case e.number > 1:
		kind, length = "empty", e.until.Sub(e.Time)
	}
	b = append(b, '[')
	b = strconv.AppendUint(b, e.order, 10)
	b = strconv.AppendFloat(append(b, ','), e.Time.Sub(start).Seconds(), 'f', 9, 64)
	b = append(append(append(b, `,"`...), kind...), `",`...)
	b = strconv.AppendInt(b, int64(e.LUN), 10)
	b = append(append(append(b, `,"`...), e.Callback...), `",`...)
	b = strconv.AppendFloat(b, length.Seconds(), 'f', 9, 64)
	b = strconv.AppendInt(append(b, ','), int64(e.number), 10)
	text, _ := json.Marshal(e.text()) // of a string, which does not fail
	return append(append(append(b, ','), text...), ']')
}
