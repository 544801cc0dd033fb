package scenario_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sockhttp/http/scenario"
	"sockhttp/http/swarm"
	"sockhttp/sock/socktest"
)

func play(t testing.TB, text string) *scenario.Result {
	t.Helper()
	s, err := scenario.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Play()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// The seeds of the swarm give the very timelines that its test prints, whole or
// until a time.
func TestSeedsOfTheSwarm(t *testing.T) {
	for _, seed := range []uint64{2, 9, 58, 94} {
		dir := t.TempDir()
		if err := swarm.WriteFiles(dir); err != nil {
			t.Fatal(err)
		}
		p := socktest.NewPlay(seed)
		p.Watch = p.Timeline.Record
		swarm.Play(dir, p)
		want := p.Timeline.String()

		if got := play(t, fmt.Sprint("swarm ", seed)).Timeline.String(); got != want || got == "" {
			t.Errorf("seed %d has another timeline:\n%s\nwant\n%s", seed, got, want)
		}
		part := play(t, fmt.Sprintf("swarm %d\nuntil 500ms", seed))
		last := part.Events[len(part.Events)-1].Time.Sub(part.Start)
		if got := part.Timeline.String(); !strings.HasPrefix(want, got) || last > 500*time.Millisecond || got == want {
			t.Errorf("seed %d until 0.5 is\n%s", seed, got)
		}
	}
}

// A scenario with all statements does what they say, twice.
func TestAllStatements(t *testing.T) {
	const text = `
# What a comment says is not played.
pace posted     # nor here
routine plain
interval 50ms
listen-wait 20ms
poll-wait 5ms
latency 3ms
window 1000
step 1ms
until 20s
file large.bin 5000
faults 7
client at 10ms times 3 every 2ms
  get /large.bin
  read 500 every 10ms
client at 0s
  send "GET /hello.txt HTTP/1.1\r\n"
  pause 30ms
  send ` + "`Host: localhost`" + `
  send "\n\n" # a quoted one
  keep-open
client at 5ms
  send "#"
  read nothing
  close-write
client at 1s
  vanish
client at 1s
  reset
`
	r := play(t, text)
	again := play(t, text)
	if r.Timeline.String() != again.Timeline.String() {
		t.Error("played twice it gives two timelines")
	}
	if len(r.Clients) != 7 {
		t.Fatalf("there are %d clients", len(r.Clients))
	}
	for i, c := range r.Clients[:4] {
		want := "\n\n" + "0123456789"
		if i == 3 {
			want = scenario.Content
		}
		if got := string(c.Received); !strings.HasPrefix(got, "HTTP/1.1 200 OK\r\nDate: ") || !strings.Contains(strings.ReplaceAll(got, "\r", ""), want) {
			t.Errorf("client %d got %q", i, got)
		}
	}
	timeline := r.Timeline.String()
	for _, want := range []string{" 0.050000  100  ListenerCallback\n", "poll, waiting up to 20ms\n", "poll, waiting up to 5ms\n", "accept: too many open files"} {
		if !strings.Contains(timeline, want) {
			t.Errorf("the timeline lacks %q:\n%s", want, timeline)
		}
	}
}

func TestMistakes(t *testing.T) {
	for _, test := range []struct {
		text, want string
	}{
		{"pace slow", `line 1: "slow" is neither of posted and eager`},
		{"\n\npace", "line 3: posted or eager is missing"},
		{"pace posted eager", `line 1: "eager" is one word too many`},
		{"hurry", `line 1: there is no statement "hurry"`},
		{`"pace" posted`, `line 1: a statement begins with its name, not with "pace"`},
		{"until soon", `line 1: "soon" is not a time like 100ms or 1.5s`},
		{"until 2h", "line 1: 2h0m0s is not from 1ns to 1h0m0s"},
		{"window 0", "line 1: 0 is not from 1 to 1048576"},
		{"window wide", `line 1: "wide" is not a number`},
		{"step 1ns", "line 1: 1ns is not from 1µs to 1s"},
		{"get /hello.txt", "line 1: get is for a client; begin one with: client at 0s"},
		{"client", `line 1: the word "at" is missing`},
		{"client at 0s times 1001", "line 1: 1001 is not from 1 to 1000"},
		{"client at 0s times 600\nclient at 0s times 401", "1001 clients are too many; at most 1000 are played"},
		{"client at 0s\n  send GET", `line 2: put what is sent into quotes, like "GET"`},
		{"client at 0s\n  send \"GET", `line 2: "GET is not quoted as in Go`},
		{"client at 0s\n  send", "line 2: what is sent, in quotes, is missing"},
		{"client at 0s times 1000\n  send \"" + strings.Repeat("x", 9000) + "\"", "the clients send 9000000 bytes in all; at most 8388608 are played"},
		{"client at 0s\n  read 10 every 0s", "line 2: 0s is not from 1µs to 1h0m0s"},
		{"file ../x 10", `line 1: "../x" is not a name for one of ten files`},
		{"file .x 10", `line 1: ".x" is not a name`},
		{"swarm 0", `line 1: "0" is not the number of a seed, from 1 on`},
		{"swarm 7\nclient at 0s", "a swarm draws its clients itself; leave the others out"},
		{strings.Repeat("#", 1<<16+1), "the scenario has 65537 bytes; at most 65536 are played"},
	} {
		_, err := scenario.Parse(test.text)
		var e *scenario.Error
		if !errors.As(err, &e) || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%.40q: %v, want %s", test.text, err, test.want)
		}
	}
}

// What is too long is refused when it is played, with the limit.
func TestTooLong(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"until 1h\nclient at 0s times 1000 every 1s", "there are more than 200000 events by "},
		{"swarm 271", "there are more than 200000 events by "},
		{"file large 1000000\nclient at 0s times 1000\n  get /large", "more than 16777216 bytes are written by "},
	} {
		s, err := scenario.Parse(test.text)
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Play()
		var e *scenario.Error
		if !errors.As(err, &e) || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%q: %v, want %s", test.text, err, test.want)
		}
	}
}

// Every timeline that is kept has its scenario.
func TestEveryTimelineHasAScenario(t *testing.T) {
	files, err := filepath.Glob("../../testdata/timelines/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("there are no timelines: ", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		h := scenario.Find(name)
		if h == nil {
			t.Errorf("%s has none", name)
			continue
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got := play(t, h.Text).Timeline.String(); got != strings.ReplaceAll(string(want), "\r\n", "\n") {
			t.Errorf("%s is played as\n%s", name, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, h := range scenario.Histories {
		f.Add(h.Text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := scenario.Parse(text)
		var e *scenario.Error
		if err != nil && (!errors.As(err, &e) || e.Line < 0 || e.Line > strings.Count(text, "\n")+1) {
			t.Errorf("the error is %#v", err)
		}
		if err == nil && len(s.Clients) > scenario.MaxClients {
			t.Errorf("%d clients", len(s.Clients))
		}
	})
}
