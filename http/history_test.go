package http_test

import (
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sockhttp/http"
	"sockhttp/sock"
	"sockhttp/sock/socktest"
)

const ms = time.Millisecond

// script is a client that connects at a time and does steps.
func script(connect time.Duration, steps ...socktest.Step) socktest.Script {
	return socktest.Script{Connect: connect, Steps: steps}
}

// histories are played against a server that is started at 0. Each is kept,
// line by line, in testdata/timelines.
var histories = []struct {
	name    string
	posted  bool
	until   time.Duration
	clients []socktest.Script
	setUp   func(t *testing.T, w *world)
	check   func(t *testing.T, clients []*socktest.Client)
}{
	{
		name: "posted-one-client", posted: true, until: 600 * ms,
		clients: []socktest.Script{script(350*ms, socktest.Send(get))},
		check: func(t *testing.T, c []*socktest.Client) {
			wantReply(t, c[0], postedReply, 450*ms)
		},
	},
	{
		name: "posted-two-clients-at-once", posted: true, until: 900 * ms,
		clients: []socktest.Script{script(150*ms, socktest.Send(get)), script(150*ms, socktest.Send(get))},
		check: func(t *testing.T, c []*socktest.Client) {
			wantReply(t, c[0], postedReply, 250*ms)
			wantReply(t, c[1], postedReply, 350*ms) // accepted at 0.25, one client a call
		},
	},
	{
		name: "posted-three-clients-at-once", posted: true, until: 1100 * ms,
		clients: []socktest.Script{script(0, socktest.Send(get)), script(0, socktest.Send(get)), script(0, socktest.Send("HEAD / HTTP/1.0\n\n"))},
		check: func(t *testing.T, c []*socktest.Client) {
			wantReply(t, c[0], postedReply, 200*ms)
			wantReply(t, c[1], postedReply, 300*ms)
			wantReply(t, c[2], "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n", 400*ms)
		},
	},
	{
		name: "posted-request-in-three-pieces", posted: true, until: 1100 * ms,
		clients: []socktest.Script{script(100*ms,
			socktest.Send(get[:5]), socktest.Pause(200*ms), socktest.Send(get[5:30]), socktest.Pause(200*ms), socktest.Send(get[30:]))},
		check: func(t *testing.T, c []*socktest.Client) {
			// The second piece is there when it is polled at 0.3, just in
			// time. Then the listener's poll, from 0.4, holds the next one
			// up until 0.5, when the last piece arrives.
			wantReply(t, c[0], postedReply, 500*ms)
		},
	},
	{
		name: "posted-silent-client", posted: true, until: 11 * time.Second,
		clients: []socktest.Script{script(0)},
		check: func(t *testing.T, c []*socktest.Client) {
			wantReply(t, c[0], "", 0) // a browser's spare connection is to find no bytes
			if late := c[0].Ended - (10*time.Second + 100*ms); late < 0 || late > 210*ms {
				t.Errorf("closed at %v, want 10s after it was accepted at 0.1s, and at most a round later", c[0].Ended)
			}
		},
	},
	{
		name: "posted-client-that-leaves", posted: true, until: 900 * ms,
		clients: []socktest.Script{
			script(100*ms, socktest.Send("GET /hel"), socktest.Pause(50*ms), socktest.Reset()),
			script(300*ms, socktest.CloseWrite()),
		},
		check: func(t *testing.T, c []*socktest.Client) {
			if len(c[0].Received) > 0 || len(c[1].Received) > 0 {
				t.Errorf("clients that left got %q and %q", c[0].Received, c[1].Received)
			}
		},
	},
	{
		name: "posted-slow-beside-fast", posted: true, until: 1500 * ms,
		clients: []socktest.Script{
			{Connect: 100 * ms, Steps: []socktest.Step{socktest.Send("GET /large HTTP/1.1\n\n")}, ReadSize: 40_000, ReadEvery: 300 * ms},
			script(120*ms, socktest.Send(get)),
		},
		setUp: large,
		check: func(t *testing.T, c []*socktest.Client) { wantReply(t, c[1], postedReply, 0) },
	},
	{
		name: "eager-one-client", until: 600 * ms,
		clients: []socktest.Script{script(350*ms, socktest.Send(get))},
		check: func(t *testing.T, c []*socktest.Client) {
			if c[0].End != io.EOF || c[0].Ended != 350*ms {
				t.Errorf("answered at %v, %v; want at once", c[0].Ended, c[0].End)
			}
		},
	},
	{
		name: "eager-slow-beside-fast", until: 1500 * ms,
		clients: []socktest.Script{
			{Connect: 100 * ms, Steps: []socktest.Step{socktest.Send("GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n")}, ReadSize: 40_000, ReadEvery: 300 * ms},
			script(120*ms, socktest.Send(get)),
		},
		setUp: large,
	},
	{
		name: "posted-unit-number-used-again", posted: true, until: 1000 * ms,
		// The first client's unit, 101, is free from 0.2 on, its callback
		// still set for 0.3; the second gets 101 at 0.25. In IDL that
		// callback would poll the second client.
		clients: []socktest.Script{script(0, socktest.Send(get)), script(250*ms, socktest.Pause(400*ms), socktest.Send(get))},
		check: func(t *testing.T, c []*socktest.Client) {
			wantReply(t, c[0], postedReply, 200*ms)
			wantReply(t, c[1], postedReply, 0)
		},
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

func TestHistories(t *testing.T) {
	for _, h := range histories {
		t.Run(h.name, func(t *testing.T) {
			w := newWorld(t, h.posted)
			if h.setUp != nil {
				h.setUp(t, w)
			}
			var clients []*socktest.Client
			for _, s := range h.clients {
				clients = append(clients, w.Connect(s))
			}
			w.Run(h.until)
			if h.check != nil {
				h.check(t, clients)
			}
			wantTimeline(t, h.name, w.Timeline)
		})
	}
}

// The history of a client that fetches a file at the pace of the post: refused
// twice, it is connected at its third try. It shares the queue of the server, whose
// listener's polls hold it up.
func TestClientHistory(t *testing.T) {
	w := newWorld(t, true)
	refused := errors.New("connection refused")
	w.RefuseDials(refused, refused)
	var to strings.Builder
	f := &http.Fetch{Host: "localhost", Path: "/hello.txt", To: &to}
	client := sock.NewClient(w.Queue, w.Dialer(), f.Routine)
	timeline := w.NewTimeline()
	client.Pace, client.Trace = sock.Posted(), sock.TraceAll(timeline.Record)
	client.Start()
	w.Run(900 * ms)
	if to.String() != content || f.Err != nil {
		t.Errorf("it got %q, %v", &to, f.Err)
	}
	wantTimeline(t, "posted-client-that-tries-again", timeline)
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
	if got := w.Timeline.String(); strings.TrimSpace(got) != strings.TrimSpace(want) {
		t.Errorf("the history is\n%s\nwant\n%s", got, want)
	}
}
