package command

import (
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"sockhttp/sock/trace"
)

// Detail is how much a [Log] tells.
type Detail int

const (
	Normal  Detail = iota // a line for each client, request and reply
	Quiet                 // nothing of these
	Verbose               // the server's timeline, too, with empty polls folded
)

// A Log is what a server prints while it runs: what clients ask on stdout, and
// what happens on stderr. It is not part of what it shows: it sets no callback,
// and goroutines of its own write the lines, so that the server never waits for
// those who read them. What it cannot write is dropped, and counted.
//
// At Verbose it writes each event as a line of a timeline, and the line of a poll
// before the poll waits. Callbacks in a row that find nothing to do become one
// line with their number. On a terminal, what goes on meanwhile is shown in its
// last line. Elsewhere, such a row ends after 10 s.
//
// Its methods belong to the goroutine of the queue.
type Log struct {
	// Logger is for errors. They are printed at every Detail.
	Logger *log.Logger

	program string
	detail  Detail
	asked   *lines
	events  *lines
	verbose *verbose // or nil
	line    []byte   // for each line anew, so that it costs no memory
	signals chan os.Signal
}

const (
	normalPause  = 50 * time.Millisecond // between two writes, since many small ones would slow a busy server down
	handOverTime = 10 * time.Millisecond // for lines to be written before a poll waits
	closeTime    = time.Second           // for them to be written in the end
)

// NewLog returns the log of a program. It is to be closed. From now on a pipe
// whose reader has gone ends the log, and not the program.
func NewLog(program string, stdout, stderr io.Writer, detail Detail) *Log {
	signal.Ignore(syscall.SIGPIPE)
	pause := normalPause
	if detail == Verbose {
		pause = 0
	}
	l := &Log{program: program, detail: detail, events: newLines(program, stderr, pause)}
	l.asked = l.events
	if !sameFile(stdout, stderr) {
		l.asked = newLines(program, stdout, pause)
	}
	if detail == Verbose {
		l.verbose = &verbose{to: l.events, terminal: obeysEscapes(stderr), colours: hasColours(stderr)}
	}
	l.Logger = log.New(l.events, "", 0)
	return l
}

// Close ends the log, when its last lines are written or 1 s is over.
func (l *Log) Close() {
	if l.verbose != nil {
		l.verbose.endRow()
	}
	end := time.Now().Add(closeTime)
	l.events.close(time.Until(end))
	if l.asked != l.events {
		l.asked.close(time.Until(end))
	}
}

// Listening prints, as the post does, that the server listens, and then how to
// use it. From now on Ctrl-C and SIGTERM are Run's.
func (l *Log) Listening(port int, use string) {
	l.catchSignals() // before anybody can know that the program runs
	fmt.Fprintf(l.events, "%s: Server listening on port %d\n%s: %s; Ctrl-C stops the server\n", strings.ToUpper(l.program), port, l.program, use)
}

// stopping prints that the server is about to stop, and what it still waits for.
// Any goroutine may call it.
func (l *Log) stopping(grace time.Duration) {
	fmt.Fprintf(l.events, "%s: stopping when the replies under way are sent, within %v; press Ctrl-C again to stop now\n", l.program, grace)
}

// PrintRequest is Print of the words of a request's first line. A line that is not
// the name of a method and two words at most is quoted, so that it cannot pass for
// one of the server's own.
func (l *Log) PrintRequest(words []string) {
	if len(words) == 0 || len(words) > 3 || strings.Trim(words[0], "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		words = []string{strconv.Quote(strings.Join(words, " "))}
	}
	l.Print(words)
}

// Print prints a line of words that a client sent, escaped.
func (l *Log) Print(words []string) {
	if l.detail == Quiet {
		return
	}
	b := l.line[:0]
	for i, word := range words {
		if i > 0 {
			b = append(b, ' ')
		}
		b = AppendEscaped(b, word)
	}
	l.line = append(b, '\n')
	l.asked.Write(l.line)
}

// Trace returns the hooks that print what a server does. Lines about replies
// begin with the name of its routine.
func (l *Log) Trace(routine string) (hooks trace.Hooks) {
	each := func(e trace.Event) { l.event(routine, e) }
	switch l.detail {
	case Normal:
		hooks[trace.Accepted], hooks[trace.Replied] = each, each
	case Verbose:
		hooks = trace.All(each)
		hooks[trace.PollBegun] = func(e trace.Event) {
			l.verbose.event(e)
			if e.Wait > 0 {
				l.verbose.waits(e)
				l.handOver()
			}
		}
	}
	return hooks
}

// handOver gives the goroutines that write the time to do so before a poll
// waits, so that its line is seen before. The time is bounded, and those that
// did not manage are not waited for again before they do.
func (l *Log) handOver() {
	l.asked.settle(handOverTime)
	l.events.settle(handOverTime)
}

func (l *Log) event(routine string, e trace.Event) {
	if l.verbose != nil {
		l.verbose.event(e)
	}
	b := l.line[:0]
	switch e.Kind {
	case trace.Accepted:
		b = append(b, "LISTENERCALLBACK: Client connection established on LUN "...)
		b = strconv.AppendInt(b, int64(e.LUN), 10)
	case trace.Replied:
		b = appendReply(b, routine, e)
	default:
		return
	}
	l.line = append(b, '\n')
	l.events.Write(l.line)
}

func appendReply(b []byte, routine string, e trace.Event) []byte {
	b = append(append(b, routine...), ": LUN "...)
	b = strconv.AppendInt(b, int64(e.LUN), 10)
	note, detail, _ := strings.Cut(e.Note, ": ")
	b = append(append(append(b, ": "...), note...), ", "...)
	if e.Of > 0 {
		b = fmt.Appendf(b, "dropped after %d of %d", e.Bytes, e.Of)
	} else {
		b = strconv.AppendInt(b, e.Bytes, 10)
	}
	b = append(append(b, " bytes, "...), e.Took.Round(time.Microsecond).String()...)
	if detail != "" {
		b = AppendEscaped(append(b, ": "...), detail)
	}
	if e.Err != nil {
		b = fmt.Appendf(b, ": %v", e.Err)
	}
	return b
}
