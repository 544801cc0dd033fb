package command

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"sockhttp/sock/trace"
)

// A verbose writes events as a timeline has them: seconds since the first one,
// unit, what happened. It makes one line of empty polls in a row, of any units:
// of callbacks that found nothing to do and set themselves again. The first in a
// row is written as it is, so that a reader sees what the others are.
//
// On a terminal, a poll that may be folded is shown as a status while it waits.
// Elsewhere it is not told of before it has ended, and a row ends after maxRow,
// so that what is read there is not far behind.
type verbose struct {
	to       *lines
	full     bool // nothing is folded, for now
	terminal bool
	colours  bool
	start    time.Time
	line     []byte // for each line anew

	poll []trace.Event // of the callback that is running, while it may be an empty poll
	row  bool          // the poll before was empty, so that this one is not yet written
	from time.Time     // when the row began
	folded
}

// folded are the empty polls that one line tells of.
type folded struct {
	polls        int
	since, until time.Time
	lun          int // of all of them; 0 if they are of several units
}

// maxRow is how long empty polls are folded into one line, by the queue's clock,
// where no status can be shown.
const maxRow = 10 * time.Second

// event writes a line, unless it is one of an empty poll.
func (v *verbose) event(e trace.Event) {
	if v.start.IsZero() {
		v.start = e.Time
	}
	if v.full {
		v.write(e)
		return
	}
	goesOn, ends := v.isOfEmptyPoll(e)
	if !goesOn || !v.terminal && e.Kind == trace.TimerFired && e.Time.Sub(v.from) >= maxRow {
		v.endRow()
	}
	if !v.row {
		v.write(e)
	}
	switch {
	case ends && v.row:
		v.fold(e)
	case ends:
		v.row, v.from = true, e.Time
	case goesOn || e.Kind == trace.TimerFired:
		v.poll = append(v.poll, e)
		return
	}
	v.poll = v.poll[:0]
}

// isOfEmptyPoll reports whether e is what comes next in an empty poll, and whether
// it is the end of one.
func (v *verbose) isOfEmptyPoll(e trace.Event) (goesOn, ends bool) {
	n := len(v.poll)
	switch {
	case e.Kind == trace.TimerFired:
		return n == 0, false
	case n == 0 || e.LUN != v.poll[0].LUN:
		return false, false
	case e.Kind == trace.PollBegun:
		return n == 1, false
	case e.Kind == trace.PollEnded:
		return n == 2 && errors.Is(e.Err, os.ErrDeadlineExceeded), false
	case e.Kind == trace.TimerSet:
		// Of a unit that is sending, or lingers, the trace tells no poll.
		ends = n != 2 && e.Callback == v.poll[0].Callback
	}
	return ends, ends
}

// fold adds the poll that e ends.
func (v *verbose) fold(e trace.Event) {
	f := &v.folded
	if f.polls == 0 {
		f.since, f.lun = v.poll[0].Time, e.LUN
	}
	if f.lun != e.LUN {
		f.lun = 0
	}
	f.polls++
	f.until = e.Time
}

// endRow writes what a row has held back.
func (v *verbose) endRow() {
	if v.polls > 0 {
		unit := "*"
		if v.lun != 0 {
			unit = strconv.Itoa(v.lun)
		}
		v.line = fmt.Appendf(v.line[:0], "%9.6f  %3s  ", v.until.Sub(v.start).Seconds(), unit)
		if v.colours && v.lun != 0 {
			v.line = colourUnit(v.line, v.lun)
		}
		v.line = append(v.appendFolded(v.line), '\n')
		v.to.Write(v.line)
	}
	if v.row {
		for _, e := range v.poll {
			v.write(e)
		}
	}
	v.row, v.poll, v.folded = false, v.poll[:0], folded{}
}

func (v *verbose) appendFolded(b []byte) []byte {
	s := "s"
	if v.polls == 1 {
		s = ""
	}
	return fmt.Appendf(b, "%d empty poll%s since %.6f", v.polls, s, v.since.Sub(v.start).Seconds())
}

// setFull has nothing folded from now on, or has it folded again.
func (v *verbose) setFull(full bool) {
	if v != nil {
		v.endRow()
		v.full = full
	}
}

// waits is called after the event of a poll that is about to wait. On a terminal it
// shows the poll, if the event did not write its line.
func (v *verbose) waits(e trace.Event) {
	if !v.row || !v.terminal {
		return
	}
	v.line = v.append(v.line[:0], e)
	if v.polls > 0 {
		v.line = v.appendFolded(append(v.line, ", after "...))
	}
	v.to.show(v.line)
}

func (v *verbose) write(e trace.Event) {
	v.line = append(v.append(v.line[:0], e), '\n')
	v.to.Write(v.line)
}

// append appends an event's line, with the unit in its colour.
func (v *verbose) append(b []byte, e trace.Event) []byte {
	if b = e.AppendLine(b, v.start); !v.colours {
		return b
	}
	return colourUnit(b, e.LUN)
}
