package command

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sockhttp/sock"
	"sockhttp/sock/socktest"
	"sockhttp/sock/trace"
	"sockhttp/timer"
)

// BenchmarkLog is what the three lines of a request cost.
func BenchmarkLog(b *testing.B) {
	l := NewLog("test", io.Discard, io.Discard, Normal)
	defer l.Close()
	request := []string{"GET", "/galaxy.jpg", "HTTP/1.1"}
	b.ReportAllocs()
	for b.Loop() {
		l.event("SOCKHTTP", trace.Event{Kind: trace.Accepted, LUN: 1101})
		l.Print(request)
		l.event("SOCKHTTP", trace.Event{Kind: trace.Replied, LUN: 1101, Note: "200 OK", Bytes: 715_000, Took: 123_456})
	}
}

// A reply that was cut short is told as such.
func TestReplies(t *testing.T) {
	for _, test := range []struct {
		event trace.Event
		want  string
	}{
		{trace.Event{Note: "200 OK", Bytes: 71, Took: 1200 * time.Millisecond}, "SOCKHTTP: LUN 101: 200 OK, 71 bytes, 1.2s"},
		{trace.Event{Note: "200 OK", Bytes: 14859931, Of: 50_000_000, Took: 1200 * time.Millisecond, Err: errors.New("nothing sent for 30s")},
			"SOCKHTTP: LUN 101: 200 OK, dropped after 14859931 of 50000000 bytes, 1.2s: nothing sent for 30s"},
		{trace.Event{Note: "200 OK", Of: 1, Took: time.Second}, "SOCKHTTP: LUN 101: 200 OK, dropped after 0 of 1 bytes, 1s"},
	} {
		test.event.LUN = 101
		if got := string(appendReply(nil, "SOCKHTTP", test.event)); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}

// What a client sent is escaped, and cut.
func TestPrint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := &destination{}
		l := NewLog("test", to, to, Normal)
		l.Print([]string{"GET", "/\x1b[2J"})
		l.Print([]string{"GET", strings.Repeat("\x1b", 1000)})
		l.PrintRequest([]string{"GET", "/", "HTTP/1.1"})
		l.PrintRequest([]string{"FILESERVER:", "LUN", "101:", "200", "OK"})
		l.PrintRequest([]string{"sockserverhttp:", "stopping"})
		l.PrintRequest([]string{"SOCKSERVERHTTP", "Server", "listening", "on", "port", "1"})
		l.PrintRequest(nil)
		l.Close()
		want := "GET /\\x1b[2J\nGET " + strings.Repeat(`\x1b`, 249) + " [cut: the line has 4004 bytes]\n" +
			"GET / HTTP/1.1\n" + `"FILESERVER: LUN 101: 200 OK"` + "\n" + `"sockserverhttp: stopping"` + "\n" +
			`"SOCKSERVERHTTP Server listening on port 1"` + "\n" + `""` + "\n"
		if got := to.String(); got != want {
			t.Errorf("printed\n%s\nwant\n%s", got, want)
		}
	})
}

// A seam is the simulated network's, and calls before with each wait.
type seam struct {
	sock.Listener
	before func(wait time.Duration)
}

type seamConn struct {
	sock.Conn
	before func(wait time.Duration)
}

func (s seam) Accept(wait time.Duration) (sock.Conn, error) {
	s.before(wait)
	conn, err := s.Listener.Accept(wait)
	return seamConn{conn, s.before}, err
}

func (c seamConn) Read(p []byte, wait time.Duration) (int, error) {
	c.before(wait)
	return c.Conn.Read(p, wait)
}

// play plays clients of which some wait and some are cut off, and returns the
// timeline. Each event also goes to hooks, if there is one.
func play(pace sock.Pace, hooks trace.Hooks, before func(wait time.Duration)) string {
	n := socktest.New()
	queue := timer.NewQueue(n.Clock())
	server := sock.NewServer(queue, seam{n.Listener(), before}, func(client *sock.Unit) {
		if strings.HasSuffix(string(client.Input()), "\n") || client.Err() != nil {
			client.Note("answer")
			client.Write(make([]byte, 1<<20))
			client.Free()
		}
	})
	timeline := n.NewTimeline()
	server.Pace = pace
	server.Trace = trace.All(func(e trace.Event) {
		timeline.Record(e)
		if f := hooks[e.Kind]; f != nil {
			f(e)
		}
	})
	server.Start()
	n.Connect(socktest.Script{Steps: []socktest.Step{socktest.Send("a"), socktest.Pause(155 * time.Millisecond), socktest.Send("b\n")}})
	n.Connect(socktest.Script{Connect: 150 * time.Millisecond, Steps: []socktest.Step{socktest.Send("a\n")}, ReadSize: 1 << 15, ReadEvery: 10 * time.Millisecond})
	n.Connect(socktest.Script{Connect: 300 * time.Millisecond, Steps: []socktest.Step{socktest.Send("a\n")}, ReadSize: -1})
	n.Run(queue, 40*time.Second)
	return timeline.String()
}

// A log changes nothing of what it shows, at any Detail, and not even if nobody
// reads it.
func TestLogChangesNothing(t *testing.T) {
	for _, pace := range []sock.Pace{sock.Posted(), sock.Eager()} {
		want := play(pace, trace.Hooks{}, func(time.Duration) {})
		if !strings.Contains(want, "waiting up to 100ms") || !strings.Contains(want, "replied") || !strings.Contains(want, "dropped") {
			t.Fatalf("too little happens:\n%s", want)
		}
		for _, detail := range []Detail{Normal, Quiet, Verbose} {
			for _, full := range []chan struct{}{nil, make(chan struct{})} {
				synctest.Test(t, func(t *testing.T) {
					if full != nil {
						full = make(chan struct{}) // of this bubble
						defer close(full)
					}
					l := NewLog("test", &destination{full: full}, &destination{full: full}, detail)
					defer l.Close()
					if got := play(pace, l.Trace("TEST"), func(time.Duration) {}); got != want {
						t.Errorf("eager=%v, detail %d, full=%v: the timeline is not what it is without a log", pace.Eager, detail, full != nil)
					}
				})
			}
		}
	}
}

// The line of a poll is out, with those before it, when the poll begins to wait.
// On a terminal that is so for every poll, elsewhere for those that are not folded.
func TestLineBeforeTheWait(t *testing.T) {
	for _, pace := range []sock.Pace{sock.Posted(), sock.Eager()} {
		for _, terminal := range []bool{true, false} {
			synctest.Test(t, func(t *testing.T) {
				stdout, stderr := &destination{}, &destination{}
				l := NewLog("test", stdout, stderr, Verbose)
				defer l.Close()
				l.verbose.terminal = terminal
				waits, announced := 0, 0
				play(pace, l.Trace("TEST"), func(wait time.Duration) {
					if wait == 0 {
						return
					}
					waits++
					asked := fmt.Sprintf("asked %d\n", waits)
					last, _, _ := strings.Cut(strings.TrimPrefix(stderr.last(), beginStatus), ", after ")
					last = strings.TrimRight(strings.TrimSuffix(last, endStatus), "\n")
					if strings.HasSuffix(last, fmt.Sprintf(" poll, waiting up to %v", wait)) {
						announced++
					} else if terminal || !l.verbose.row {
						t.Errorf("before poll %d waits, up to %v, stderr ends in %q", waits, wait, last)
					}
					if got := stdout.last(); waits > 1 && got != fmt.Sprintf("asked %d\n", waits-1) {
						t.Errorf("before poll %d waits, stdout ends in %q", waits, got)
					}
					l.Print(strings.Fields(asked))
				})
				if waits < 100 || announced < 3 || !terminal && announced > waits/10 {
					t.Errorf("%d polls waited, of which %d were announced", waits, announced)
				}
			})
		}
	}
}
