package watch

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sockhttp/sock/trace"
)

// The listings are the files as they are, and each has the lines that events and
// notes belong to.
func TestListings(t *testing.T) {
	for _, routine := range []string{"", "SockHTTP", "PostedHTTP"} {
		all, err := listings(routine)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, l := range all {
			names = append(names, l.Name)
			file, err := os.ReadFile(filepath.Join("../..", l.File))
			if err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(strings.ReplaceAll(string(file), "\r\n", "\n"), "\n")
			if !slices.Equal(l.Lines, lines[l.First-1:l.First-1+len(l.Lines)]) {
				t.Errorf("%s is not lines %d and on of %s", l.Name, l.First, l.File)
			}
			if last := l.Lines[len(l.Lines)-1]; last != "}" || !strings.HasPrefix(l.Lines[0], "func ") {
				t.Errorf("%s begins with %q and ends with %q", l.Name, l.Lines[0], last)
			}
			for _, m := range l.Marks {
				if !slices.Contains(kinds[:], m.Kind) && m.Kind != "paused" {
					t.Errorf("%s marks a line for %q, which is no event", l.Name, m.Kind)
				}
			}
		}
		if routine != "" && !slices.Contains(names, routine) || len(names) < 3 {
			t.Errorf("with %q the page shows %q", routine, names)
		}
	}
	if _, err := makeListing("it", "a file", "\nfunc it() {\n\tno\n}\n", "func it(", []find{{text: "yes"}}); err == nil {
		t.Error("a line that is gone is no error")
	}
	if _, err := makeListing("it", "a file", "\nfunc that() {\n}\n", "func it(", nil); err == nil {
		t.Error("a routine that is gone is no error")
	}
}

// Each kind of event has a name.
func TestKinds(t *testing.T) {
	if len(kinds) != int(trace.Closed)+1 {
		t.Fatalf("%d kinds have names, want %d", len(kinds), trace.Closed+1)
	}
	for kind, name := range kinds {
		if name == "" {
			t.Errorf("%v has no name", trace.Event{Kind: trace.Kind(kind)})
		}
	}
}
