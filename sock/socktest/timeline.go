package socktest

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sockhttp/sock/trace"
)

// A Timeline writes down what a server does, one line an event: the time in
// seconds since the network was made, the unit, what happened.
type Timeline struct {
	start time.Time
	lines []byte
}

// NewTimeline returns an empty timeline; its Record is for Trace of a server.
func (n *Network) NewTimeline() *Timeline { return &Timeline{start: n.start} }

// Record adds a line.
func (t *Timeline) Record(e trace.Event) {
	t.lines = append(e.AppendLine(t.lines, t.start), '\n')
}

// String is the timeline so far.
func (t *Timeline) String() string { return string(t.lines) }

var update *bool

func init() {
	if testing.Testing() {
		update = flag.Bool("update", false, "write the files that tests compare with, such as timelines, anew")
	}
}

// WantTimeline fails the test unless the timeline is what the file holds; see
// WantFile. The flag -v prints the timeline.
func WantTimeline(t testing.TB, file string, timeline *Timeline) {
	t.Helper()
	if testing.Verbose() {
		t.Logf("%s\n%s", file, timeline)
	}
	WantFile(t, file, timeline.String())
}

// WantFile fails the test unless got is what the file holds, and shows the
// first lines that differ. The flag -update of the test writes the file anew.
func WantFile(t testing.TB, file, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Errorf("%v; go test -run '^%s$' -update writes it", err, t.Name())
		return
	}
	if difference := firstDifference(got, strings.ReplaceAll(string(want), "\r\n", "\n")); difference != "" {
		t.Errorf("this is not what %s holds:\n%s\nIf it is as it should be, accept it with\n\tgo test -run '^%s$' -update", file, difference, t.Name())
	}
}

// firstDifference shows the first line in which two texts differ, with some
// that come before and after it; empty if there is none.
func firstDifference(got, want string) string {
	if got == want {
		return ""
	}
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	first := 0
	for first < len(g) && first < len(w) && g[first] == w[first] {
		first++
	}
	const before, after = 3, 3
	var b strings.Builder
	for n := max(0, first-before); n < first; n++ {
		fmt.Fprintf(&b, "  %5d  %s\n", n+1, g[n])
	}
	show := func(sign string, lines []string) {
		for n := first; n < min(first+after, len(lines)); n++ {
			fmt.Fprintf(&b, "%s %5d  %s\n", sign, n+1, lines[n])
		}
	}
	show("-", w)
	show("+", g)
	return b.String()
}
