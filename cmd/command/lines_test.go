package command

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A destination remembers what it was given, write by write.
type destination struct {
	mu     sync.Mutex
	pieces []string
	fail   func(p []byte) (int, error) // unless nil
	full   chan struct{}               // unless nil, a write waits until it is closed
}

func (d *destination) Write(p []byte) (int, error) {
	if d.full != nil {
		<-d.full
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	n, err := len(p), error(nil)
	if d.fail != nil {
		n, err = d.fail(p)
	}
	if n > 0 {
		d.pieces = append(d.pieces, string(p[:n]))
	}
	return n, err
}

func (d *destination) written() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.pieces)
}

func (d *destination) String() string { return strings.Join(d.written(), "") }

// last is what was written last.
func (d *destination) last() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.pieces) == 0 {
		return ""
	}
	return d.pieces[len(d.pieces)-1]
}

// took is how long f takes by the clock of the bubble.
func took(f func()) time.Duration {
	began := time.Now()
	f()
	return time.Since(began)
}

// A line is written at once; those that come in the pause after it are written
// together, at its end or when the lines are closed.
func TestLinesAreWrittenTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := &destination{}
		l := newLines("test", to, 10*time.Millisecond)
		at := func(d time.Duration, want ...string) {
			t.Helper()
			time.Sleep(d)
			synctest.Wait()
			if got := to.written(); !slices.Equal(got, want) {
				t.Errorf("%q was written; want %q", got, want)
			}
		}
		fmt.Fprintln(l, "one")
		at(0, "one\n")
		fmt.Fprintln(l, "two")
		fmt.Fprintln(l, "three")
		at(9*time.Millisecond, "one\n")
		at(time.Millisecond, "one\n", "two\nthree\n")
		long := strings.Repeat(strings.Repeat("-", 99)+"\n", enough/100+1)
		io.WriteString(l, long) // enough to be written at once
		at(0, "one\n", "two\nthree\n", long)
		fmt.Fprintln(l, "four")
		if d := took(func() { l.close(time.Second) }); d != 0 {
			t.Errorf("closing took %v", d)
		}
		fmt.Fprintln(l, "after the end")
		at(time.Second, "one\n", "two\nthree\n", long, "four\n")
	})
}

// Nobody waits for a destination that takes nothing, settle and close for their
// time once. Lines that come when enough are held are counted, and the count
// stands where they would have stood.
func TestLinesThatNobodyReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := &destination{full: make(chan struct{})}
		l := newLines("test", to, 0)
		defer l.close(0)
		fmt.Fprintln(l, "first")
		synctest.Wait() // it is being written
		line := strings.Repeat("-", 99) + "\n"
		if d := took(func() {
			for range maxHeld/100 + 3 {
				io.WriteString(l, line)
			}
			io.WriteString(l, "a short one\nthat would have its place\n")
		}); d != 0 {
			t.Errorf("writing took %v", d)
		}
		for i, want := range []time.Duration{handOverTime, 0, 0} {
			if d := took(func() { l.settle(handOverTime) }); d != want {
				t.Errorf("settle number %d took %v, want %v", i+1, d, want)
			}
		}
		close(to.full)
		synctest.Wait()
		fmt.Fprintln(l, "last")
		synctest.Wait()
		want := "first\n" + strings.Repeat(line, maxHeld/100) + "test: 5 lines were dropped, because nothing read them in time\nlast\n"
		if got := to.String(); got != want {
			t.Errorf("%d bytes were written, ending in %q; want %d, ending in %q", len(got), got[len(got)-100:], len(want), want[len(want)-100:])
		}
	})
}

// One that was stuck and goes on is waited for again.
func TestSettleAfterStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := &destination{full: make(chan struct{})}
		l := newLines("test", to, 0)
		defer l.close(0)
		for range 3 {
			fmt.Fprintln(l, "line")
			if d := took(func() { l.settle(handOverTime) }); d != handOverTime {
				t.Errorf("settle took %v", d)
			}
			close(to.full)
			synctest.Wait()
			to.full = make(chan struct{})
		}
	})
}

func TestCloseWhileStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := &destination{full: make(chan struct{})}
		l := newLines("test", to, 0)
		fmt.Fprintln(l, "line")
		l.settle(handOverTime)
		if d := took(func() { l.close(time.Second) }); d != time.Second {
			t.Errorf("closing took %v", d)
		}
		close(to.full)
	})
}

// What a full disk refuses is lost and counted, and the count is told when there
// is room again, in a line of its own.
func TestLinesOutliveAFailingWriter(t *testing.T) {
	full := errors.New("no space left on device")
	for _, test := range []struct {
		room int // bytes
		want string
	}{
		{0, ""},
		{5, "line\n"},
		{7, "line\nli\n"},
		{10, "line\nline\n"},
	} {
		synctest.Test(t, func(t *testing.T) {
			room := test.room
			to := &destination{fail: func(p []byte) (int, error) {
				n := min(room, len(p))
				room -= n
				if n < len(p) {
					return n, &os.PathError{Op: "write", Path: "/dev/full", Err: full}
				}
				return n, nil
			}}
			l := newLines("test", to, 0)
			defer l.close(0)
			const lines = 4
			for range lines {
				fmt.Fprint(l, "line\nline\n") // two at once
				synctest.Wait()
			}
			room = 1 << 10
			fmt.Fprintln(l, "kept")
			synctest.Wait()
			lost := 2*lines - test.room/5
			want := test.want + fmt.Sprintf("test: %d lines were dropped, because they could not be written: no space left on device\nkept\n", lost)
			if got := to.String(); got != want {
				t.Errorf("with room for %d bytes, %q was written; want %q", test.room, got, want)
			}
		})
	}
}

// A status that is as long as the lines before it is written like any other.
func TestStatusAsLongAsALine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := &destination{full: make(chan struct{})}
		l := newLines("test", to, 0)
		io.WriteString(l, "first\n")
		synctest.Wait() // it is being written
		line := strings.Repeat("-", len(beginStatus+"status"+endStatus)-1) + "\n"
		io.WriteString(l, line)
		l.show([]byte("status"))
		close(to.full)
		l.close(time.Second)
		if want := "first\n" + line + beginStatus + "status" + endStatus; to.String() != want {
			t.Errorf("%q was written, want %q", to, want)
		}
	})
}

// A status is written over by the next one, and by lines.
func TestStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := &destination{}
		l := newLines("test", to, 0)
		status := func(s string) string { return beginStatus + s + endStatus }
		for _, step := range []struct{ status, line, want string }{
			{"one", "", status("one")},
			{"two", "", eraseStatus + status("two")},
			{"", "line\n", eraseStatus + "line\n"},
			{"", "line\n", "line\n"},
			{"three", "", status("three")},
		} {
			before := len(to.String())
			if step.status != "" {
				l.show([]byte(step.status))
			}
			if step.line != "" {
				io.WriteString(l, step.line)
			}
			synctest.Wait()
			if got := to.String()[before:]; got != step.want {
				t.Errorf("after %q and %q, %q was written; want %q", step.status, step.line, got, step.want)
			}
		}
		l.close(time.Second)
	})
}

func TestLongLinesAreCut(t *testing.T) {
	x := strings.Repeat("x", maxLine)
	for _, test := range []struct{ line, want string }{
		{x[1:] + "\n", x[1:] + "\n"},
		{x + "x\n", x + " [cut: the line has 1001 bytes]\n"},
		{x[1:] + "é!\n", x[1:] + " [cut: the line has 1002 bytes]\n"},
		{"short\n" + x + x + "\nshort\n", "short\n" + x + " [cut: the line has 2000 bytes]\nshort\n"},
	} {
		if got := string(appendCut([]byte("before\n"), []byte(test.line))); got != "before\n"+test.want {
			t.Errorf("%q becomes %q", test.line, got)
		}
	}
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
	pipe := func() *os.File {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			r.Close()
			w.Close()
		})
		return w
	}
	p, q := pipe(), pipe()
	var buffer bytes.Buffer
	for _, test := range []struct {
		a, b io.Writer
		want bool
	}{
		{p, p, true}, {p, q, false}, {p, a, false}, {a, p, false},
		{a, a, true}, {a, a2, true}, {a, b, false}, {a, &buffer, false}, {&buffer, a, false}, {&buffer, &buffer, true},
	} {
		if got := sameFile(test.a, test.b); got != test.want {
			t.Errorf("sameFile(%v, %v) = %v", test.a, test.b, got)
		}
	}
}
