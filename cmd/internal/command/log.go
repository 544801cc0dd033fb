package command

import (
	"fmt"
	"io"
	"log"
	"strconv"
	"strings"
	"time"

	"sockhttp/sock"
	"sockhttp/timer"
)

// Detail is how much a [Log] tells.
type Detail int

const (
	Normal  Detail = iota // a line for each client, request and reply
	Quiet                 // nothing of these
	Verbose               // a line for each callback, too
)

// A Log is what a server prints while it runs: what clients ask on stdout, and
// what happens on stderr. It belongs to the goroutine of the queue.
type Log struct {
	// Logger is for errors. They are printed at every Detail.
	Logger *log.Logger

	program string
	detail  Detail
	asked   *lines
	events  *lines
}

// NewLog returns the log of a program whose server runs on queue.
func NewLog(program string, queue *timer.Queue, stdout, stderr io.Writer, detail Detail) *Log {
	l := &Log{program: program, detail: detail, asked: newLines(queue, stdout), events: newLines(queue, stderr)}
	if sameFile(stdout, stderr) {
		l.asked = l.events // so that their lines keep their order
	}
	l.Logger = log.New(l.events, "", 0)
	return l
}

// Listening prints, as the post does, that the server listens, and then how to
// use it.
func (l *Log) Listening(port int, use string) {
	fmt.Fprintf(l.events.to, "%s: Server listening on port %d\n%s: %s; Ctrl-C stops the server\n", strings.ToUpper(l.program), port, l.program, use)
}

// stopping prints that the server is about to stop, and what it still waits for.
func (l *Log) stopping(grace time.Duration) {
	fmt.Fprintf(l.events, "%s: stopping when the replies under way are sent, within %v; press Ctrl-C again to stop now\n", l.program, grace)
	l.events.Flush()
}

// Print prints a line of words that a client sent, escaped.
func (l *Log) Print(words []string) {
	if l.detail == Quiet {
		return
	}
	b := l.asked.AvailableBuffer()
	for i, word := range words {
		if i > 0 {
			b = append(b, ' ')
		}
		b = AppendEscaped(b, word)
	}
	l.asked.Write(append(b, '\n'))
}

// Trace returns the trace that prints what a server does. Lines about replies
// begin with the name of its routine.
func (l *Log) Trace(routine string) (trace sock.Trace) {
	each := func(e sock.Event) { l.event(routine, e) }
	switch l.detail {
	case Normal:
		trace[sock.Accepted], trace[sock.Replied] = each, each
	case Verbose:
		trace = sock.TraceAll(each)
	}
	return trace
}

func (l *Log) event(routine string, e sock.Event) {
	b := l.events.AvailableBuffer() // so that a line costs no memory
	switch e.Kind {
	case sock.Accepted:
		b = append(b, "LISTENERCALLBACK: Client connection established on LUN "...)
		b = strconv.AppendInt(b, int64(e.LUN), 10)
	case sock.Replied:
		b = append(append(b, routine...), ": LUN "...)
		b = strconv.AppendInt(b, int64(e.LUN), 10)
		b = append(append(append(b, ": "...), e.Note...), ", "...)
		b = strconv.AppendInt(b, e.Bytes, 10)
		b = append(append(b, " bytes, "...), e.Took.Round(time.Microsecond).String()...)
	default:
		b = fmt.Appendf(b, "%s %d %v", e.Time.Format("15:04:05.000000"), e.LUN, e)
	}
	l.events.Write(append(b, '\n'))
}

// Flush writes the lines that are still held.
func (l *Log) Flush() {
	l.asked.Flush()
	l.events.Flush()
}
