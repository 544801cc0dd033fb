package command

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sockhttp/sock"
	"sockhttp/timer"

	"github.com/benbjohnson/clock"
)

// A line waits for the queue's next 50 ms to be over, and all that came
// meanwhile goes out with it.
func TestLinesAreWrittenTogether(t *testing.T) {
	mock := clock.NewMock()
	queue := timer.NewQueue(mock)
	w := &pieces{}
	l := newLines(queue, w)
	at := func(ms int, want ...string) {
		t.Helper()
		mock.Set(time.UnixMilli(int64(ms)))
		queue.Step()
		if got := fmt.Sprint(w.written); got != fmt.Sprint(want) {
			t.Errorf("after %d ms %q was written; want %q", ms, got, want)
		}
	}
	mock.Set(time.UnixMilli(0))
	fmt.Fprint(l, "one.")
	at(49)
	fmt.Fprint(l, "two.")
	at(50, "one.two.")
	at(500, "one.two.")
	if queue.Len() != 0 {
		t.Errorf("with nothing to write, %d callbacks are set", queue.Len())
	}
	fmt.Fprint(l, "three.")
	at(549, "one.two.")
	at(550, "one.two.", "three.")
}

// What a full disk refuses is lost; what comes when there is room again is not.
func TestLinesOutliveAFailingWriter(t *testing.T) {
	mock := clock.NewMock()
	queue := timer.NewQueue(mock)
	w := &pieces{err: errors.New("no space left")}
	l := newLines(queue, w)
	long := strings.Repeat("-", linesBytes)
	fmt.Fprint(l, "lost", long)
	mock.Add(linesDelay)
	queue.Step()
	w.err = nil
	fmt.Fprint(l, "kept")
	mock.Add(linesDelay)
	queue.Step()
	if got := fmt.Sprint(w.written); got != "[kept]" {
		t.Errorf("%q was written; want kept", got)
	}
}

// BenchmarkLog is what the three lines of a request cost.
func BenchmarkLog(b *testing.B) {
	c := &Server{Routine: "SOCKHTTP"}
	l := newLines(timer.NewQueue(clock.New()), io.Discard)
	request := []string{"GET", "/galaxy.jpg", "HTTP/1.1"}
	b.ReportAllocs()
	for b.Loop() {
		c.report(l, sock.Event{Kind: sock.Accepted, LUN: 1101}, false)
		l.Write(append(appendEscaped(l.AvailableBuffer(), request), '\n'))
		c.report(l, sock.Event{Kind: sock.Replied, LUN: 1101, Note: "200 OK", Bytes: 715_000, Wait: 123_456}, false)
	}
}

// pieces remembers what it was given, write by write.
type pieces struct {
	written []string
	err     error
}

func (w *pieces) Write(p []byte) (int, error) {
	if w.err != nil {
		return 0, w.err
	}
	w.written = append(w.written, string(p))
	return len(p), nil
}

func TestSameFile(t *testing.T) {
	open := func(name string) *os.File {
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE, 0o666)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	dir := t.TempDir()
	a, a2, b := open(filepath.Join(dir, "a")), open(filepath.Join(dir, "a")), open(filepath.Join(dir, "b"))
	var buffer bytes.Buffer
	for _, test := range []struct {
		a, b io.Writer
		want bool
	}{
		{a, a, true}, {a, a2, true}, {a, b, false}, {a, &buffer, false}, {&buffer, a, false}, {&buffer, &buffer, true},
	} {
		if got := sameFile(test.a, test.b); got != test.want {
			t.Errorf("sameFile(%v, %v) = %v", test.a, test.b, got)
		}
	}
}

func TestEscape(t *testing.T) {
	for in, want := range map[string]string{
		"GET /é HTTP/1.1": "GET /é HTTP/1.1",
		"a\x1b[2J\r\n":    `a\x1b[2J\r\n`,
		"\xff\u202e \"":   `\xff\u202e \"`,
		"":                "",
	} {
		if got := string(appendEscaped([]byte("before "), strings.Split(in, " "))); got != "before "+want {
			t.Errorf("%q is printed as %s, want %s", in, got, want)
		}
	}
}
