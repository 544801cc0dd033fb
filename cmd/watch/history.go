package watch

import (
	"fmt"
	"io"
	"time"
)

// text says what an entry stands for, without time and unit.
func (e *entry) text() string {
	switch {
	case e.gap:
		return fmt.Sprintf("%d events that are not kept, in %v", e.number, e.until.Sub(e.Time))
	case e.number > 1:
		return fmt.Sprintf("%s found nothing, %d times in %v", e.Callback, e.number, e.until.Sub(e.Time))
	}
	return e.String()
}

// writeHistory writes entries as the lines of a timeline: the time in seconds
// since start, the unit, what happened. Entries that stand for several events have
// one line.
func writeHistory(w io.Writer, start time.Time, entries []entry) {
	for i := range entries {
		e := &entries[i]
		fmt.Fprintf(w, "%9.6f  %3d  %v\n", e.Time.Sub(start).Seconds(), e.LUN, e.text())
	}
}
