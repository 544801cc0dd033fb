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
