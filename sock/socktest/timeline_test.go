package socktest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sockhttp/sock"
	"sockhttp/sock/socktest"
)

// A recorder is a test that keeps what it is told.
type recorder struct {
	testing.TB
	told []string
}

func (r *recorder) Helper()             {}
func (r *recorder) Name() string        { return "TestIt" }
func (r *recorder) Logf(string, ...any) {}
func (r *recorder) Errorf(format string, args ...any) {
	r.told = append(r.told, fmt.Sprintf(format, args...))
}

// A timeline that is not that of its file is told by the lines around the first
// that differs, and by the command that accepts it.
func TestWantTimeline(t *testing.T) {
	s := socktest.NewServer(func(*sock.Unit) {})
	s.Pace = sock.Posted()
	s.Start()
	s.Run(700 * ms)
	lines := strings.SplitAfter(s.Timeline.String(), "\n")
	for _, test := range []struct {
		name string
		file string
		want []string
	}{
		{"the same", s.Timeline.String(), nil},
		{"the same with the line ends of Windows", strings.ReplaceAll(s.Timeline.String(), "\n", "\r\n"), nil},
		{"another line", strings.Replace(s.Timeline.String(), "0.400000", "0.500000", 1), []string{
			"this is not what", "\n      7  " + lines[6], "\n-     8   0.500000  100  poll ended", "\n+     8   0.400000  100  poll ended", "go test -run '^TestIt$' -update"}},
		{"a line less", strings.Join(lines[:len(lines)-2], ""), []string{fmt.Sprintf("\n+ %5d  %s", len(lines)-1, lines[len(lines)-2])}},
		{"a line more", s.Timeline.String() + "more\n", []string{fmt.Sprintf("\n- %5d  more\n", len(lines))}},
	} {
		t.Run(test.name, func(t *testing.T) {
			name := filepath.Join(t.TempDir(), "timeline")
			if err := os.WriteFile(name, []byte(test.file), 0o666); err != nil {
				t.Fatal(err)
			}
			r := &recorder{TB: t}
			socktest.WantTimeline(r, name, s.Timeline)
			if test.want == nil {
				if len(r.told) > 0 {
					t.Errorf("it fails with %q", r.told)
				}
				return
			}
			if len(r.told) != 1 || strings.Count(r.told[0], "\n") > 14 {
				t.Fatalf("it is told %q, want one message of a few lines", r.told)
			}
			for _, part := range test.want {
				if !strings.Contains(r.told[0], part) {
					t.Errorf("the message has no %q:\n%s", part, r.told[0])
				}
			}
		})
	}
	r := &recorder{TB: t}
	socktest.WantTimeline(r, filepath.Join(t.TempDir(), "none"), s.Timeline)
	if len(r.told) != 1 || !strings.Contains(r.told[0], "-update writes it") {
		t.Errorf("without a file it is told %q", r.told)
	}
}
