package watch

import (
	"fmt"
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
		shown := []string{"ListenerCallback", "ServerCallback", routine, "Step"}
		want(t, "what the page shows", names, slices.DeleteFunc(shown, func(name string) bool { return name == "" }))
	}
}

// A listing is a routine of a file, with notes and marks at the lines that are found by
// their text, of which the last counts. A routine or a line that is gone is an error.
func TestMakeListing(t *testing.T) {
	const file = "package p\n\nfunc a() {\n}\n\nfunc it() {\n\tone\n\ttwo\n\tone\n}\n\nfunc b() {\n}\n"
	l, err := makeListing("it", "a file", file, "func it(", []find{
		{"one", "The last.", []mark{{Kind: "set"}, {Kind: "fired", In: "x"}}},
		{"two", "", []mark{{Kind: "poll", Note: "y"}}},
		{"func", "The first.", nil},
	})
	want(t, "the error", err, nil)
	want(t, "the listing", l, listing{
		Name: "it", File: "a file", First: 6, Lines: []string{"func it() {", "\tone", "\ttwo", "\tone", "}"},
		Notes: []note{{3, "The last."}, {0, "The first."}},
		Marks: []mark{{Line: 3, Kind: "set"}, {Line: 3, Kind: "fired", In: "x"}, {Line: 2, Kind: "poll", Note: "y"}},
	})
	for _, test := range []struct{ source, from, text, want string }{
		{file, "func it(", "three", `watch: it has no line with "three"`},
		{file, "func that(", "one", "watch: a file has no func that("},
		{"\nfunc it() {", "func it(", "func", "watch: a file has no func it("},
	} {
		_, err := makeListing("it", "a file", test.source, test.from, []find{{text: test.text}})
		want(t, "the error", fmt.Sprint(err), test.want)
	}
}

// Each event is that of a line of each routine or of none: by its kind, by the callback
// that it is in, by the callback that it is about, and by what the routine notes.
func TestMarks(t *testing.T) {
	all, err := listings("SockHTTP")
	posted, postedErr := listings("PostedHTTP")
	if err != nil || postedErr != nil {
		t.Fatal(err, postedErr)
	}
	all = append(all, posted[2]) // the others are the same
	const (
		accept = "ListenerCallback: if client := s.accept(s.Pace.ListenWait); client != nil {"
		poll   = "ServerCallback: if client.PollInput(p.Pace.PollWait) {"
		send   = "ServerCallback: client.send()"
		step   = "Step: e.Callback.Call(ID(e.ID))"
		file   = "HTTP: client.SendFile(file, 0, size)"
	)
	for _, test := range []struct {
		event, about, in string
		want             []string
	}{
		{"fired", inListener, inListener, []string{"ListenerCallback: func (s *Server) ListenerCallback(timer.ID) {", step}},
		{"poll", "", inListener, []string{accept, step}},
		{"polled", "", inListener, []string{accept, step}},
		{"accepted", "", inListener, []string{accept, step}},
		{"refused", "", inListener, []string{accept}},
		{"set", inServer, inListener, []string{"ListenerCallback: s.setServerCallback(client, s.Pace.Interval)", step}},
		{"set", inListener, inListener, []string{"ListenerCallback: s.setListenerCallback(s.Pace.Interval)", step}},
		{"fired", inServer, inServer, []string{"ServerCallback: func (p *Poller) ServerCallback(_ timer.ID, client *Unit) {", step}},
		{"poll", "", inServer, []string{poll, step}},
		{"polled", "", inServer, []string{poll, step}},
		{"called", "", inServer, []string{"ServerCallback: p.dispatch(client)", "SockHTTP: request, _, err := d.ReadRequest(client)", step, "PostedHTTP: head, err := d.readPosted(client)"}},
		{"wrote", "", inServer, []string{send, "Sock" + file, step, "Posted" + file}},
		{"replied", "200 OK", inServer, []string{send, "Sock" + file, step, "Posted" + file}},
		{"replied", "400 Bad Request", inServer, []string{send, "SockHTTP: if err := checkMethod(request); err != nil {", step, `PostedHTTP: printf(client, "HTTP/1.1 400 Bad Request"+cr)`}},
		{"replied", "404 Not Found", inServer, []string{send, "SockHTTP: file, size, err := d.openPath(request.URL.Path)", step, `PostedHTTP: printf(client, "HTTP/1.1 404 Not Found"+cr)`}},
		{"replied", "408 Request Timeout", inServer, []string{send, step}},
		{"freed", "", inServer, []string{send, "SockHTTP: client.Free()", step}},
		{"set", "LingerCallback", inServer, []string{send, step}},
		{"closed", "", inServer, []string{send, step}},
		{"set", inServer, inServer, []string{"ServerCallback: p.setServerCallback(client, p.Pace.Interval)", step}},
		{"fired", "LingerCallback", "LingerCallback", []string{step}},
		{"poll", "", "LingerCallback", []string{step}},
		{"polled", "", "LingerCallback", []string{step}},
		{"called", "", "", []string{step}},
		{"wrote", "", "", []string{step}},
		{"replied", "200 OK", "", []string{"Sock" + file, step, "Posted" + file}},
		{"freed", "", "", []string{"SockHTTP: client.Free()", step}},
		{"accepted", "", "", []string{step}},
		{"refused", "", "", nil},
		{"dropped", "", inServer, nil},
		{"paused", "", "", []string{"Step: for !q.blocked && q.pending.IsDue(now, uint64(last)) {"}},
	} {
		fits := func(m mark) bool { // as markOf of the page has it
			return m.Kind == test.event && (m.In == "" || m.In == test.in) && (m.Callback == "" || m.Callback == test.about) && strings.HasPrefix(test.about, m.Note)
		}
		var got []string
		for _, l := range all {
			if i := slices.IndexFunc(l.Marks, fits); i >= 0 {
				got = append(got, l.Name+": "+strings.TrimSpace(l.Lines[l.Marks[i].Line]))
			}
		}
		want(t, fmt.Sprintf("%s %s in %s", test.event, test.about, test.in), got, test.want)
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
