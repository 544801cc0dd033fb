package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// -lanes prints one picture of one or two timelines, and serves nothing.
func TestLanes(t *testing.T) {
	const timelines = "../../testdata/timelines/"
	var stdout, stderr strings.Builder
	if status := run([]string{"-lanes", timelines + "posted-one-client.txt", timelines + "eager-one-client.txt"}, &stdout, &stderr); status != 0 || stderr.Len() > 0 {
		t.Fatalf("status %d, %q", status, &stderr)
	}
	want, err := os.ReadFile("../../testdata/lanes-one-client.svg")
	if err != nil {
		t.Fatal(err)
	}
	if got := stdout.String(); got != strings.ReplaceAll(string(want), "\r\n", "\n") {
		t.Errorf("printed\n%s\nwant the picture of the README", got)
	}
}

func TestLanesMistakes(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "bad.txt")
	write(t, bad, " 0.100000  100  ListenerCallback\nPORT\n")
	for _, test := range []struct {
		args   string
		status int
		want   string
	}{
		{"-lanes", 2, "-lanes needs the name of a timeline, or - for one on stdin"},
		{"-lanes a b c", 2, `"c" is one argument too many; -lanes draws one timeline, or two`},
		{"-lanes no/such.txt", 1, `cannot read the timeline "no/such.txt": `},
		{"-lanes " + bad, 1, `bad.txt" is not a timeline: line 2: `},
	} {
		var stdout, stderr strings.Builder
		status := run(strings.Fields(test.args), &stdout, &stderr)
		if line := stderr.String(); status != test.status || !strings.Contains(line, test.want) || strings.Count(line, "\n") != 1 {
			t.Errorf("%s: status %d and %q, want %d and a line with %q", test.args, status, line, test.status, test.want)
		}
	}
}
