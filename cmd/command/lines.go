package command

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
	"unicode/utf8"
)

// lines writes lines on a goroutine of its own, so that nobody who prints one
// waits for whoever reads them: not for a slow terminal, nor for a pipe that
// nobody reads. Lines that come while too much is held, and lines that cannot be
// written, are dropped and counted. When writing goes on, a line tells how many
// they were.
//
// On a terminal there may be a status after the last line, which has no end: the
// next status, or the next line, takes its place.
//
// Any goroutine may call Write and show.
type lines struct {
	program string // that says so
	to      io.Writer
	pause   time.Duration // from one write to the next, unless there is enough to write
	wake    chan struct{} // has an element when there is something to write at once
	written chan struct{} // has one when all was written
	closing chan struct{} // is closed when there are no more pauses

	mu      sync.Mutex
	held    []byte // is to be written
	status  []byte // is to be shown after that
	dropped int    // lines that came after held, which was full
	busy    bool   // from the first line until all is written
	stuck   bool   // settle has waited in vain, and the write has not returned since
	closed  bool

	// These belong to the goroutine.
	lost int    // lines of which nobody was told
	why  string // they were lost
	torn bool   // what was written does not end with a line's end
	over bool   // what was written ends with a status, to be written over
}

// What shows a status, cut at the terminal's edge, and what takes it away.
const (
	beginStatus = "\x1b[?7l"
	endStatus   = "\x1b[?7h"
	eraseStatus = "\r\x1b[K"
)

const (
	enough  = 64 << 10  // bytes that are written without a pause
	maxHeld = 512 << 10 // bytes that are held, beside as many that are being written
	maxLine = 1000      // bytes of a line; more is cut
)

// newLines returns the lines that program writes to a writer, with pauses. They
// are to be closed, once.
func newLines(program string, to io.Writer, pause time.Duration) *lines {
	l := &lines{
		program: program, to: to, pause: pause,
		wake: make(chan struct{}, 1), written: make(chan struct{}, 1), closing: make(chan struct{}),
	}
	go l.run()
	return l
}

// Write has one or more whole lines written. It never waits and never fails.
func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed:
	case l.dropped > 0 || len(l.held) > 0 && len(l.held)+len(p) > maxHeld:
		l.dropped += countLines(p)
	default:
		had := len(l.held)
		l.held, l.status = appendCut(l.held, p), l.status[:0]
		if !l.busy || had < enough && len(l.held) >= enough {
			l.busy = true
			put(l.wake)
		}
	}
	return len(p), nil
}

// show has a status shown after the lines, until the next one or the next line.
// It is for terminals.
func (l *lines) show(status []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	l.status = append(append(append(l.status[:0], beginStatus...), status...), endStatus...)
	if !l.busy {
		l.busy = true
		put(l.wake)
	}
}

// put puts an element into a channel that has room for one.
func put(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // it is there
	}
}

// appendCut appends lines to b, each cut to maxLine bytes.
func appendCut(b, lines []byte) []byte {
	if len(lines) <= maxLine {
		return append(b, lines...)
	}
	for line := range bytes.Lines(lines) {
		if len(line) <= maxLine {
			b = append(b, line...)
			continue
		}
		end := maxLine
		for end > 0 && !utf8.RuneStart(line[end]) {
			end--
		}
		b = fmt.Appendf(append(b, line[:end]...), " [cut: the line has %d bytes]\n", len(line)-1)
	}
	return b
}

func countLines(p []byte) int { return bytes.Count(p, []byte("\n")) }

// settle waits until all is written, for up to d. It does not wait for a write
// that it has waited for in vain before.
func (l *lines) settle(d time.Duration) {
	if l.mustWait() {
		l.wait(d)
	}
}

func (l *lines) mustWait() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.busy && !l.stuck
}

// wait waits until all is written, for up to d.
func (l *lines) wait(d time.Duration) {
	timeout := time.NewTimer(d)
	defer timeout.Stop()
	for l.isBusy() {
		select {
		case <-l.written: // or it was, before
		case <-timeout.C:
			l.mu.Lock()
			l.stuck = l.busy
			l.mu.Unlock()
			return
		}
	}
}

func (l *lines) isBusy() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.busy
}

// close ends the goroutine, when it has written what it can within d. Lines that
// come after that are dropped.
func (l *lines) close(d time.Duration) {
	close(l.closing)
	l.wait(d)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	close(l.wake)
}

// run is the goroutine.
func (l *lines) run() {
	var held, status []byte
	for range l.wake {
		for {
			var dropped int
			held, status, dropped = l.take(held[:0], status[:0])
			if len(held)+len(status) == 0 {
				break
			}
			if len(held) > 0 {
				l.write(held)
			}
			if dropped > 0 {
				l.lose(dropped, "nothing read them in time")
				l.tell()
			}
			if len(status) > 0 {
				l.writeStatus(status)
			}
			if l.pause > 0 {
				select {
				case <-time.After(l.pause):
				case <-l.wake:
				case <-l.closing:
				}
			}
		}
	}
}

// take takes what is held, and the status, in exchange for empty buffers, and how
// many lines were dropped after it.
func (l *lines) take(empty, emptyStatus []byte) (held, status []byte, dropped int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	held, status, dropped = l.held, l.status, l.dropped
	l.held, l.status, l.dropped, l.stuck = empty, emptyStatus, 0, false
	if len(held)+len(status) == 0 {
		l.busy = false
		put(l.written)
	}
	return held, status, dropped
}

// write writes what was held, after telling of lines that were lost before.
func (l *lines) write(held []byte) {
	if err := l.tell(); err != nil {
		l.lose(countLines(held), l.why)
		return
	}
	l.takeAwayStatus()
	if n, err := l.to.Write(held); err != nil {
		l.torn = n > 0 && held[n-1] != '\n'
		l.lose(countLines(held[n:]), fmt.Sprintf("they could not be written: %v", Reason(err)))
	}
}

func (l *lines) writeStatus(status []byte) {
	l.takeAwayStatus()
	n, _ := l.to.Write(status) // the next one says more
	l.over = n > 0
}

func (l *lines) takeAwayStatus() {
	if l.over {
		io.WriteString(l.to, eraseStatus)
		l.over = false
	}
}

func (l *lines) lose(n int, why string) { l.lost, l.why = l.lost+n, why }

// tell writes how many lines were lost, if any were.
func (l *lines) tell() error {
	if l.lost == 0 {
		return nil
	}
	l.takeAwayStatus()
	message := fmt.Sprintf("%s: %d lines were dropped, because %s\n", l.program, l.lost, l.why)
	if l.torn {
		message = "\n" + message
	}
	n, err := io.WriteString(l.to, message)
	if err != nil {
		l.torn = l.torn || n > 0
		return err
	}
	l.lost, l.torn = 0, false
	return nil
}

// sameFile reports whether a and b are one file, so that one goroutine has to
// write the lines of both to keep their order.
func sameFile(a, b io.Writer) bool {
	f, ok := a.(*os.File)
	g, ok2 := b.(*os.File)
	if !ok || !ok2 {
		return a == b
	}
	fi, err := f.Stat()
	gi, err2 := g.Stat()
	return err == nil && err2 == nil && isSame(f, g, fi, gi)
}
