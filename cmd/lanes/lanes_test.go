package lanes_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sockhttp/cmd/lanes"
	"sockhttp/sock/socktest"
	"sockhttp/sock/trace"
)

const testdata = "../../testdata"

// timeline is what one of testdata/timelines says.
func timeline(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(testdata, "timelines", name+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(b), "\r\n", "\n")
}

func history(t testing.TB, name string) lanes.History {
	t.Helper()
	h, err := lanes.Parse(name, timeline(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// names are those of all timelines.
func names(t testing.TB) (names []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(testdata, "timelines", "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatal("there are no timelines: ", err)
	}
	for _, file := range files {
		names = append(names, strings.TrimSuffix(filepath.Base(file), ".txt"))
	}
	return names
}

// The picture of the README.
func TestPictureOfTheReadme(t *testing.T) {
	p := lanes.Picture{Histories: []lanes.History{history(t, "posted-one-client"), history(t, "eager-one-client")}}
	socktest.WantFile(t, filepath.Join(testdata, "lanes-one-client.svg"), p.SVG())
}

// Every line of a timeline is drawn once, at every width, and the picture is
// well-formed.
func TestEveryLineIsDrawn(t *testing.T) {
	for _, name := range names(t) {
		for _, width := range []int{0, 320, 390, 4000} {
			h := history(t, name)
			drawn := drawnLines(t, lanes.Picture{Histories: []lanes.History{h}, Width: width}.SVG())
			for i := range h.Events {
				if drawn[i+1] != 1 {
					t.Errorf("%s, %d pixels wide: line %d is drawn %d times", name, width, i+1, drawn[i+1])
				}
			}
		}
	}
}

// drawnLines reads a picture of one history, and returns how many of its elements
// stand for each line.
func drawnLines(t *testing.T, svg string) map[int]int {
	t.Helper()
	drawn := map[int]int{}
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		token, err := d.Token()
		if err == io.EOF {
			return drawn
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, svg)
		}
		element, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		for _, a := range element.Attr {
			if a.Name.Local == "data-line" {
				for run := range strings.FieldsSeq(a.Value) {
					var first, last int
					if n, _ := fmt.Sscanf(run, "%d-%d", &first, &last); n < 2 {
						last = first
					}
					for n := first; n <= last; n++ {
						drawn[n]++
					}
				}
			}
		}
	}
}

// What a picture of the post's first client shows.
func TestWhatIsShown(t *testing.T) {
	svg := lanes.Picture{Histories: []lanes.History{history(t, "posted-one-client"), history(t, "eager-one-client")}}.SVG()
	for _, want := range []string{
		`<g data-line="3-4"><title>0.100000  100  poll, waiting up to 100ms` + "\n" + `0.200000  100  poll ended: nothing</title><rect class="poll"`,
		`<title>0.350000  101  ServerCallback set in 100ms</title><path class="set"`,
		`<title>0.450000  101  routine called</title><rect class="routine"`,
		`<title>0.450000  101  wrote 71 bytes</title><path class="wrote"`,
		`>200 OK after 100ms</text>`,
		`<title>3 empty polls, from 0.000000 to 0.300000</title>`,
		`>below, 100ms sooner</text>`,
		`>listener <tspan class="unit">100</tspan>`,
	} {
		if !strings.Contains(svg, want) {
			t.Errorf("the picture lacks %s:\n%s", want, svg)
		}
	}
}

// How long a real reply took is told to four digits.
func TestALabelIsShort(t *testing.T) {
	h, err := lanes.Parse("", "0.000000  101  accepted 127.0.0.1:1\n0.100657  101  replied after 100.657217ms: 200 OK, 12 bytes\n")
	if err != nil {
		t.Fatal(err)
	}
	if svg := (lanes.Picture{Histories: []lanes.History{h}}).SVG(); !strings.Contains(svg, ">200 OK after 100.7ms<") {
		t.Errorf("the picture lacks 200 OK after 100.7ms:\n%s", svg)
	}
}

// A part of the time is drawn without the rest.
func TestAPart(t *testing.T) {
	h := history(t, "posted-one-client")
	drawn := drawnLines(t, lanes.Picture{Histories: []lanes.History{h}, From: 440 * time.Millisecond, To: 500 * time.Millisecond}.SVG())
	for line, want := range map[int]int{3: 0, 4: 0, 12: 1, 14: 1, 22: 1, 23: 1, 25: 0} {
		if drawn[line] != want {
			t.Errorf("line %d is drawn %d times, want %d", line, drawn[line], want)
		}
	}
}

// What is folded is counted in the part that is shown, in which polls reach from
// outside; a unit that was closed before it has no lane.
func TestAPartCountsWhatItShows(t *testing.T) {
	h := history(t, "posted-two-clients-at-once")
	svg := lanes.Picture{Histories: []lanes.History{h}, From: 600 * time.Millisecond, To: 800 * time.Millisecond}.SVG()
	if !strings.Contains(svg, ">2 empty polls</text>") || strings.Contains(svg, ">101<") {
		t.Errorf("from 0.6 to 0.8 s are the ends of two polls of the listener, and no client:\n%s", svg)
	}
}

// A busy server of many clients makes no larger a picture than there is room for.
func TestBusy(t *testing.T) {
	h := lanes.History{}
	for i := range 100_000 {
		h.Events = append(h.Events, trace.Event{Time: h.Start.Add(time.Duration(i) * 100 * time.Microsecond), LUN: 100 + i%500, Kind: trace.Kind(i % 13)})
	}
	svg := lanes.Picture{Histories: []lanes.History{h}}.SVG()
	if len(svg) > 1<<20 {
		t.Errorf("the picture has %d bytes", len(svg))
	}
	if want := "and 460 more units"; !strings.Contains(svg, want) {
		t.Errorf("the picture does not say: %s", want)
	}
}

// What clients send and errors say is text.
func TestEscaped(t *testing.T) {
	h := lanes.History{Name: `<script>&"`, Events: []trace.Event{{Kind: trace.Dropped, LUN: 101, Err: errors.New("]]><script>\x00\"")}}}
	svg := lanes.Picture{Histories: []lanes.History{h}}.SVG()
	if strings.Contains(svg, "<script") {
		t.Errorf("the picture has an element of the text's:\n%s", svg)
	}
	drawnLines(t, svg)
}

func TestParseGivesTheEventsBack(t *testing.T) {
	for _, name := range names(t) {
		h := history(t, name)
		var b strings.Builder
		for _, e := range h.Events {
			fmt.Fprintf(&b, "%9.6f  %3d  %v\n", e.Time.Sub(h.Start).Seconds(), e.LUN, e)
		}
		if got := b.String(); got != timeline(t, name) {
			t.Errorf("%s is\n%s\nafter parsing", name, got)
		}
	}
}

// Whatever an event says is parsed as that kind of event.
func TestParseKinds(t *testing.T) {
	events := []trace.Event{
		{Kind: trace.TimerSet, Callback: "LingerCallback", Delay: 1500 * time.Microsecond},
		{Kind: trace.TimerFired, Callback: "ClientCallback"},
		{Kind: trace.PollBegun, Wait: 10 * time.Millisecond},
		{Kind: trace.PollEnded, Err: os.ErrDeadlineExceeded},
		{Kind: trace.PollEnded, Err: io.EOF},
		{Kind: trace.PollEnded, Err: errors.New("read: connection reset by peer")},
		{Kind: trace.PollEnded},
		{Kind: trace.PollEnded, Bytes: 44},
		{Kind: trace.AcceptFailed, Err: errors.New("accept: too many open files")},
		{Kind: trace.ConnectFailed, Err: errors.New("refused")},
		{Kind: trace.Dispatched},
		{Kind: trace.Wrote, Bytes: 1},
		{Kind: trace.Replied, Took: time.Second, Note: "200 OK", Bytes: 7},
		{Kind: trace.Replied, Took: time.Second, Note: "200 OK, or so", Bytes: 7, Of: 9},
		{Kind: trace.Dropped, Err: errors.New("its place is needed")},
		{Kind: trace.Freed, Took: time.Second, Bytes: 7},
		{Kind: trace.Closed},
	}
	for _, want := range events {
		h, err := lanes.Parse("", fmt.Sprintf(" 1.250000  101  %v\n", want))
		if err != nil {
			t.Errorf("%v: %v", want, err)
			continue
		}
		got := h.Events[0]
		if got.Kind != want.Kind || got.String() != want.String() || got.LUN != 101 || got.Time.Sub(h.Start) != 1250*time.Millisecond {
			t.Errorf("%v of kind %d is %+v", want, want.Kind, got)
		}
	}
}

func TestParseErrors(t *testing.T) {
	const first = " 0.200000  100  ListenerCallback\n"
	for _, test := range []struct{ name, text, want string }{
		{"nothing", "", "the timeline has no lines"},
		{"an empty line", first + "\n", `line 2: this is not a time in seconds, a unit and an event: ""`},
		{"a picture", "\xff\xd8\xff\xdb", "it is not text; a timeline has a line for each event"},
		{"another text", "<html>", `line 1: this is not a time in seconds, a unit and an event: "<html>"`},
		{"no unit", first + " 0.200000  ListenerCallback\n", "line 2: this is not a time"},
		{"calls that the page has folded", first + " 0.300000  101  ServerCallback found nothing 2 times, until 100ms later\n", `line 2: this line stands for several events; the page that has kept it draws them itself, as a picture: " 0.300000  101  ServerCallback found nothing 2 times, until 100ms later"`},
		{"events that the page has not kept", first + " 0.300000  101  7 events are not kept, until 100ms later\n", `line 2: this line stands for several events; the page that has kept it draws them itself, as a picture: " 0.300000  101  7 events are not kept, until 100ms later"`},
		{"an unknown event", first + " 0.300000  100  slept\n", `line 2: there is no such event: " 0.300000  100  slept"`},
		{"a time that goes back", first + " 0.100000  100  ListenerCallback\n", "line 2: the time goes back"},
		{"a delay that is none", " 0.200000  100  ListenerCallback set in a while\n", `line 1: "a while" is not a time like 100ms`},
		{"a delay that is endless", " 0.200000  100  ListenerCallback set in 2000000h\n", `line 1: "2000000h" is not a time like 100ms`},
		{"too many bytes", " 0.200000  101  wrote 99999999999999999999 bytes\n", `line 1: "99999999999999999999" is not a number of bytes`},
		{"no address", " 0.200000  101  accepted nobody\n", `line 1: "nobody" is not an address and a port`},
		{"a time without end", "99999999999.000000  101  closed\n", "line 1: the time is too long"},
		{"a long line", strings.Repeat("x", 1000), `an event: "` + strings.Repeat("x", 100) + `"`},
	} {
		_, err := lanes.Parse(test.name, test.text)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: the error is %v, want %s", test.name, err, test.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(timeline(f, "posted-client-that-leaves"))
	f.Add(timeline(f, "posted-client-that-tries-again"))
	f.Add(" 0.000000  101  replied after 1s: 200 OK, 3 of 4 bytes\n 0.000001  101  closed\n")
	f.Fuzz(func(t *testing.T, text string) {
		h, err := lanes.Parse("fuzz", text)
		if err != nil {
			return
		}
		drawn := drawnLines(t, lanes.Picture{Histories: []lanes.History{h}}.SVG())
		if len(drawn) > len(h.Events) {
			t.Errorf("%d lines are drawn of %d", len(drawn), len(h.Events))
		}
	})
}

// BenchmarkPicture draws 100,000 events.
func BenchmarkPicture(b *testing.B) {
	h := history(b, "eager-slow-beside-fast")
	events := h.Events
	for n := 0; len(h.Events) < 100_000; n++ {
		for _, e := range events {
			e.Time = e.Time.Add(time.Duration(n) * 1500 * time.Millisecond)
			h.Events = append(h.Events, e)
		}
	}
	for b.Loop() {
		lanes.Picture{Histories: []lanes.History{h}}.SVG()
	}
}
