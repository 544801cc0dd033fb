package http_test

import (
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sockhttp/http/scenario"
	"sockhttp/sock/socktest"
)

const ms = time.Millisecond

// script is a client that connects at a time and does steps.
func script(connect time.Duration, steps ...socktest.Step) socktest.Script {
	return socktest.Script{Connect: connect, Steps: steps}
}

// checks are what each of [scenario.Histories] must come to. The history itself is
// kept, line by line, in testdata/timelines.
var checks = map[string]func(t *testing.T, clients []*socktest.Client){
	"posted-one-client": func(t *testing.T, c []*socktest.Client) {
		wantReply(t, c[0], postedReply, 450*ms)
	},
	"posted-two-clients-at-once": func(t *testing.T, c []*socktest.Client) {
		wantReply(t, c[0], postedReply, 250*ms)
		wantReply(t, c[1], postedReply, 350*ms) // accepted at 0.25, one client a call
	},
	"posted-three-clients-at-once": func(t *testing.T, c []*socktest.Client) {
		wantReply(t, c[0], postedReply, 200*ms)
		wantReply(t, c[1], postedReply, 300*ms)
		wantReply(t, c[2], posted400, 400*ms)
	},
	"posted-request-in-three-pieces": func(t *testing.T, c []*socktest.Client) {
		wantReply(t, c[0], postedReply, 500*ms)
	},
	"posted-silent-client": func(t *testing.T, c []*socktest.Client) {
		wantReply(t, c[0], "", 0) // a browser's spare connection is to find no bytes
		if late := c[0].Ended - (10*time.Second + 100*ms); late < 0 || late > 210*ms {
			t.Errorf("closed at %v, want 10s after it was accepted at 0.1s, and at most a round later", c[0].Ended)
		}
	},
	"posted-client-that-leaves": func(t *testing.T, c []*socktest.Client) {
		if len(c[0].Received) > 0 || len(c[1].Received) > 0 {
			t.Errorf("clients that left got %q and %q", c[0].Received, c[1].Received)
		}
	},
	"posted-slow-beside-fast": func(t *testing.T, c []*socktest.Client) {
		wantReply(t, c[1], postedReply, 0)
	},
	"eager-one-client": func(t *testing.T, c []*socktest.Client) {
		if c[0].End != io.EOF || c[0].Ended != 350*ms {
			t.Errorf("answered at %v, %v; want at once", c[0].Ended, c[0].End)
		}
	},
	"posted-unit-number-used-again": func(t *testing.T, c []*socktest.Client) {
		wantReply(t, c[0], postedReply, 200*ms)
		wantReply(t, c[1], postedReply, 0)
	},
}

// large puts a file of 120,000 bytes into the folder, two windows long.
func large(t *testing.T, w *world) {
	writeFile(t, filepath.Join(w.dir, "large"), strings.Repeat("0123456789", 12_000))
}

// wantReply checks what a client got, and when unless that is 0.
func wantReply(t *testing.T, c *socktest.Client, want string, at time.Duration) {
	t.Helper()
	if string(c.Received) != want || c.End != io.EOF {
		t.Errorf("the client got %q, %v; want %q and then the end", c.Received, c.End, want)
	}
	if at > 0 && c.Ended != at {
		t.Errorf("the client was answered at %v, want %v", c.Ended, at)
	}
}

// Each history is played, and comes to what it must.
func TestHistories(t *testing.T) {
	for _, h := range scenario.Histories {
		t.Run(h.Name, func(t *testing.T) {
			t.Logf("what the clients do:\n%s", h.Text)
			s, err := scenario.Parse(h.Text)
			if err != nil {
				t.Fatal(err)
			}
			played, err := s.Play()
			if err != nil {
				t.Fatal(err)
			}
			if check := checks[h.Name]; check != nil {
				check(t, played.Clients)
			}
			if s.Fetch != "" && (played.Fetched != content || played.FetchErr != nil) {
				t.Errorf("it got %q, %v", played.Fetched, played.FetchErr)
			}
			wantTimeline(t, h.Name, played.Timeline)
		})
	}
}

func wantTimeline(t *testing.T, name string, timeline *socktest.Timeline) {
	t.Helper()
	socktest.WantTimeline(t, filepath.Join("..", "testdata", "timelines", name+".txt"), timeline)
}

// The exact times of the post's two callbacks, spelled out: this history must
// not be changed by rewriting the timelines.
func TestThePostsHistory(t *testing.T) {
	w := newWorld(t, true)
	w.Connect(script(350*ms, socktest.Send(get)))
	w.Run(600 * ms)
	const want = `
 0.000000  100  ListenerCallback set in 100ms
 0.100000  100  ListenerCallback
 0.100000  100  poll, waiting up to 100ms
 0.200000  100  poll ended: nothing
 0.200000  100  ListenerCallback set in 100ms
 0.300000  100  ListenerCallback
 0.300000  100  poll, waiting up to 100ms
 0.350000  100  poll ended: a client is waiting
 0.350000  101  accepted 198.51.100.1:1024
 0.350000  101  ServerCallback set in 100ms
 0.350000  100  ListenerCallback set in 100ms
 0.450000  101  ServerCallback
 0.450000  101  poll, waiting up to 10ms
 0.450000  101  poll ended: 44 bytes
 0.450000  101  routine called
 0.450000  101  wrote 71 bytes
 0.450000  101  replied after 100ms: 200 OK, 71 bytes
 0.450000  101  freed after 100ms, 71 bytes written
 0.450000  101  LingerCallback set in 100ms
 0.450000  101  ServerCallback set in 100ms
 0.450000  100  ListenerCallback
 0.450000  100  poll, waiting up to 100ms
 0.550000  100  poll ended: nothing
 0.550000  100  ListenerCallback set in 100ms
 0.550000  101  LingerCallback
 0.550000  101  closed
 0.550000  101  ServerCallback
`
	got, wanted := strings.Split(w.Timeline.String(), "\n"), strings.Split(want[1:], "\n")
	for i := range max(len(got), len(wanted)) {
		if i >= len(got) || i >= len(wanted) || got[i] != wanted[i] {
			t.Fatalf("the history is\n%s\nwant\n%s\nThey differ from line %d on.", w.Timeline, want, i+1)
		}
	}
}
