package command

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sockhttp/sock"
	"sockhttp/sock/trace"
)

// verbosely plays clients for a log at Verbose, and returns what is written, and
// the whole timeline.
func verbosely(t *testing.T, pace sock.Pace, change func(v *verbose)) (written, timeline string) {
	synctest.Test(t, func(t *testing.T) {
		to := &destination{}
		l := NewLog("test", to, to, Verbose)
		change(l.verbose)
		timeline = play(pace, l.Trace("TEST"), func(time.Duration) {})
		l.Close()
		written = to.String()
	})
	return written, timeline
}

var (
	timed    = regexp.MustCompile(`(?m)^ *[\d.]+ .*\n`)
	foldLine = regexp.MustCompile(`^ *([\d.]+) +(\d+|\*)  (\d+) empty polls? since ([\d.]+)\n$`)
	emptyEnd = regexp.MustCompile(`^ *([\d.]+) +(\d+)  \w+ set in `)
)

// What is written is the timeline, except that each line about empty polls stands
// for that many of them: from its first time to its last.
func TestVerboseIsTheTimeline(t *testing.T) {
	for _, pace := range []sock.Pace{sock.Posted(), sock.Eager()} {
		for _, terminal := range []bool{true, false} {
			written, timeline := verbosely(t, pace, func(v *verbose) { v.terminal = terminal })
			written = regexp.MustCompile(regexp.QuoteMeta(beginStatus)+`.*?`+regexp.QuoteMeta(endStatus+eraseStatus)).ReplaceAllString(written, "")
			whole, folds := strings.SplitAfter(timeline, "\n"), 0
			for _, line := range timed.FindAllString(written, -1) {
				m := foldLine.FindStringSubmatch(line)
				if m == nil {
					if line != whole[0] {
						t.Fatalf("the line\n%swhere the timeline has\n%s", line, whole[0])
					}
					whole = whole[1:]
					continue
				}
				folds++
				n, _ := strconv.Atoi(m[3])
				if since := strings.Fields(whole[0])[0]; since != m[4] {
					t.Errorf("%sstands where the timeline has\n%s", line, whole[0])
				}
				units := map[string]bool{}
				for n > 0 {
					if end := emptyEnd.FindStringSubmatch(whole[0]); end != nil {
						units[end[2]] = true
						if n--; n == 0 && end[1] != m[1] {
							t.Errorf("%sstands for what ends with\n%s", line, whole[0])
						}
					}
					whole = whole[1:]
				}
				if len(units) == 1 != (m[2] != "*") || m[2] != "*" && !units[m[2]] {
					t.Errorf("%sstands for polls of the units %v", line, units)
				}
			}
			if len(whole) > 1 || folds < 5 || strings.Count(written, "\n") > strings.Count(timeline, "\n")/4 {
				t.Errorf("eager=%v, terminal=%v: %d lines of %d are left, %d folds in %d lines", pace.Eager, terminal, len(whole), strings.Count(timeline, "\n"), folds, strings.Count(written, "\n"))
			}
		}
	}
}

// The beginning of a history, in a pipe and on a terminal.
func TestVerboseLines(t *testing.T) {
	const want = ` 0.000000  100  ListenerCallback set in 100ms
 0.100000  100  ListenerCallback
 0.100000  100  poll, waiting up to 100ms
 0.100000  100  poll ended: a client is waiting
 0.100000  101  accepted 198.51.100.1:1024
LISTENERCALLBACK: Client connection established on LUN 101
 0.100000  101  ServerCallback set in 100ms
`
	for _, test := range []struct {
		colours bool
		want    string
	}{
		{false, want},
		{true, strings.NewReplacer("  100  ", "  \x1b[1m100\x1b[0m  ", "  101  ", "  \x1b[35m101\x1b[0m  ").Replace(want)},
	} {
		written, _ := verbosely(t, sock.Posted(), func(v *verbose) { v.terminal, v.colours = test.colours, test.colours })
		if !strings.HasPrefix(written, test.want) {
			t.Errorf("it begins with\n%q\nwant\n%q", written[:min(len(written), len(test.want))], test.want)
		}
	}
	written, _ := verbosely(t, sock.Posted(), func(v *verbose) { v.terminal = true })
	status := beginStatus + " 7.400000  100  poll, waiting up to 100ms, after 40 empty polls since 3.400000" + endStatus + eraseStatus
	if !strings.Contains(written, status) {
		t.Errorf("%q is never shown in\n%q", status, written)
	}
}

// A pipe has a line of its own at least every 10 s, whatever does not happen. On a
// terminal the status tells.
func TestVerboseIsNotFarBehind(t *testing.T) {
	for terminal, want := range map[bool]int{false: 6, true: 1} {
		synctest.Test(t, func(t *testing.T) {
			to := &destination{}
			v := &verbose{to: newLines("test", to, 0), terminal: terminal}
			at := func(ms int) time.Time { return time.Unix(0, 0).Add(time.Duration(ms) * time.Millisecond) }
			for ms := 0; ms < 60_000; ms += 100 {
				event := trace.Event{LUN: 100, Callback: "ListenerCallback", Err: os.ErrDeadlineExceeded}
				for _, event.Kind = range []trace.Kind{trace.TimerFired, trace.PollBegun, trace.PollEnded, trace.TimerSet} {
					if event.Time = at(ms); event.Kind == trace.PollEnded {
						ms += 100
					}
					v.event(event)
				}
			}
			v.to.close(time.Second)
			polls := regexp.MustCompile(`(?m) ListenerCallback\n.* poll, waiting up to 0s\n.* poll ended: nothing\n.* ListenerCallback set in 0s\n`).FindAllString(to.String(), -1)
			if lines := strings.Count(to.String(), "\n"); len(polls) != want || lines != 4*want+want-1 {
				t.Errorf("terminal=%v: in a minute, %d polls and %d lines are written; want %d, and a line between two, in\n%s", terminal, len(polls), lines, want, to)
			}
		})
	}
}

// What only looks like an empty poll is written, line by line and at once.
func TestVerboseFoldsNoMore(t *testing.T) {
	fired := trace.Event{Kind: trace.TimerFired, LUN: 101, Callback: "ServerCallback"}
	set := trace.Event{Kind: trace.TimerSet, LUN: 101, Callback: "ServerCallback"}
	begun := trace.Event{Kind: trace.PollBegun, LUN: 101}
	empty := []trace.Event{fired, set} // of a unit that is sending
	for name, poll := range map[string][]trace.Event{
		"another unit is set":      {fired, {Kind: trace.TimerSet, LUN: 102, Callback: "ServerCallback"}},
		"another callback is set":  {fired, {Kind: trace.TimerSet, LUN: 101, Callback: "LingerCallback"}},
		"a poll that found input":  {fired, begun, {Kind: trace.PollEnded, LUN: 101, Bytes: 5}, set},
		"a poll that found an end": {fired, begun, {Kind: trace.PollEnded, LUN: 101, Err: io.EOF}, set},
		"a poll without an end":    {fired, begun, set},
	} {
		synctest.Test(t, func(t *testing.T) {
			to := &destination{}
			v := &verbose{to: newLines("test", to, 0)}
			for _, e := range slices.Concat(empty, empty, poll) {
				e.Time = time.Unix(1, 0)
				v.event(e)
			}
			v.to.close(time.Second)
			if got, want := strings.Count(to.String(), "\n"), len(empty)+1+len(poll); got != want || strings.Count(to.String(), " 1 empty poll since ") != 1 {
				t.Errorf("%s: %d lines, want %d, with the second empty poll as one:\n%s", name, got, want, to)
			}
		})
	}
}

// Only a terminal that is not dumb has colours, and only if its user wants them.
func TestColours(t *testing.T) {
	terminal := terminal(t)
	for _, test := range []struct {
		noColor, term string
		colours, live bool
	}{
		{"", "xterm", true, true},
		{"1", "xterm", false, true},
		{"", "dumb", false, false},
	} {
		t.Setenv("NO_COLOR", test.noColor)
		t.Setenv("TERM", test.term)
		log := NewLog("test", io.Discard, terminal, Verbose)
		if got, live := log.verbose.colours, log.verbose.terminal; got != test.colours || live != test.live {
			t.Errorf("NO_COLOR=%q, TERM=%q: colours %v, status %v", test.noColor, test.term, got, live)
		}
		log.Close()
	}
}

func TestWhatIsNoTerminal(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	t.Setenv("NO_COLOR", "")
	t.Setenv("TERM", "xterm")
	for _, w := range []io.Writer{&strings.Builder{}, file} {
		if IsTerminal(w) || hasColours(w) || obeysEscapes(w) {
			t.Errorf("a %T is taken for a terminal", w)
		}
	}
}

// terminal is a file that counts as a terminal.
func terminal(t *testing.T) *os.File {
	t.Helper()
	f, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	if !IsTerminal(f) || !enableEscapes(f) {
		t.Skip("the null device does not count as one here")
	}
	return f
}
