package command

import (
	"bufio"
	"io"
	"os"
	"time"

	"sockhttp/timer"
)

// lines gathers what is printed and writes it in one piece, by a callback of
// the queue: a system call for each line would cost a busy server a tenth of
// its time and more. It belongs to the goroutine of the queue.
type lines struct {
	*bufio.Writer
	to    io.Writer
	queue *timer.Queue
	set   bool // the callback that writes is set
}

const (
	linesDelay = 50 * time.Millisecond // a line waits no longer than this,
	linesBytes = 64 << 10              // nor with more than this
)

func newLines(queue *timer.Queue, to io.Writer) *lines {
	return &lines{Writer: bufio.NewWriterSize(to, linesBytes), to: to, queue: queue}
}

func (l *lines) Write(p []byte) (int, error) {
	if !l.set {
		l.set = true
		l.queue.Set(linesDelay, l.callback)
	}
	return l.Writer.Write(p)
}

func (l *lines) callback(timer.ID) {
	l.set = false
	l.Flush()
}

// Flush writes what is held. What cannot be written is dropped: a full disk
// stops the log, not the server, and the log only for as long as it is full.
func (l *lines) Flush() error {
	err := l.Writer.Flush()
	if err != nil {
		l.Reset(l.to)
	}
	return err
}

// sameFile reports whether a and b are one file, so that their lines have to
// be gathered together to keep their order.
func sameFile(a, b io.Writer) bool {
	f, ok := a.(*os.File)
	g, ok2 := b.(*os.File)
	if !ok || !ok2 {
		return a == b
	}
	fi, err := f.Stat()
	gi, err2 := g.Stat()
	return err == nil && err2 == nil && os.SameFile(fi, gi)
}
