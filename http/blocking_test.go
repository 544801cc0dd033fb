package http_test

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"sockhttp/http/blocking"
	"sockhttp/http/scenario"
	"sockhttp/sock"
	"sockhttp/sock/socktest"
)

// newBlockingWorld is a world at the pace of the post, whose clients are waited
// for.
func newBlockingWorld(t *testing.T) (*world, *blocking.Listener) {
	t.Helper()
	w := makeWorld(t, true)
	large(t, w)
	b := blocking.New(w.Listener())
	b.Wait = w.Wait
	server := sock.NewServer(w.Queue, b, w.routine)
	server.Pace, server.Limits, server.Log, server.Trace = w.Pace, w.Limits, w.Log, w.Trace
	w.Server.Server = server
	w.Start()
	return w, b
}

const getLarge = "GET /large HTTP/1.1\n\n"

// One client that is slow to send its request, or to read its reply, holds up
// three others that ask meanwhile, and the log says so. None is held up when
// nobody is waited for.
func TestBlockingHistories(t *testing.T) {
	for name, held := range map[string]time.Duration{ // the slow client's callback
		"posted-blocking-slow-request": 1460 * ms,
		"posted-blocking-slow-reader":  1000 * ms,
	} {
		t.Run(name, func(t *testing.T) {
			s, err := scenario.Parse(scenario.Find(name).Text)
			if err != nil {
				t.Fatal(err)
			}
			play := func() (played *scenario.Result, last time.Duration) {
				played, err := s.Play()
				if err != nil {
					t.Fatal(err)
				}
				for _, c := range played.Clients[1:] {
					wantReply(t, c, postedReply, 0)
					last = max(last, c.Ended)
				}
				return played, last
			}
			played, last := play()
			wantTimeline(t, name, played.Timeline)
			if slow := played.Clients[0]; slow.End != io.EOF || !strings.Contains(string(slow.Received), " 200 OK") {
				t.Errorf("the slow client got %d bytes, %v", len(slow.Received), slow.End)
			}
			if last < 500*ms+held || last > 800*ms+held {
				t.Errorf("the last of the others was answered at %v", last)
			}
			logged := fmt.Sprintf("sock: ServerCallback of unit 101 took %v, and all other clients waited for it\n", held)
			if played.Logged != logged {
				t.Errorf("the log is %q, want %q", played.Logged, logged)
			}

			s.Blocking = false
			if played, last := play(); last > 1000*ms || played.Logged != "" {
				t.Errorf("without blocking, the last of the others was answered at %v, and the log is %q", last, played.Logged)
			}
		})
	}
}

// Stop ends what a client is waited for, so that a shutdown ends in its time.
func TestBlockingStops(t *testing.T) {
	reader := script(0, socktest.Send(getLarge))
	reader.ReadSize = -1
	for name, slow := range map[string]socktest.Script{
		"no end of the request": script(0, socktest.Send(get[:9])),
		"nothing is read":       reader,
	} {
		w, b := newBlockingWorld(t)
		w.Connect(slow)
		stopped := time.Duration(0)
		w.At(time.Hour, func() {
			b.Stop()
			w.Queue.Post(func() { w.Shutdown(5*time.Second, func() { stopped = w.Now() }) })
		})
		w.Run(time.Hour - 1)
		w.Run(2 * time.Hour)
		if stopped < time.Hour || stopped > time.Hour+6*time.Second || w.NumOpen() > 0 {
			t.Errorf("%s: shut down at %v, %d connections are open", name, stopped, w.NumOpen())
		}
	}
}

// Clients that leave while they are waited for end the wait. One that sends too
// much, nothing, or something in place of a request is not waited for.
func TestBlockingEndsWithTheClient(t *testing.T) {
	reader := script(0, socktest.Send(getLarge), socktest.Pause(time.Second), socktest.Reset())
	reader.ReadSize = -1
	for name, bad := range map[string]socktest.Script{
		"it shuts its side": script(0, socktest.Send(get[:9]), socktest.Pause(time.Second), socktest.CloseWrite()),
		"it resets":         script(0, socktest.Send(get[:9]), socktest.Pause(time.Second), socktest.Reset()),
		"it reads nothing":  reader,
		"a long header":     script(0, socktest.Send("GET / HTTP/1.1\r\nX: "+strings.Repeat("x", 40_000))),
		"late bytes":        script(0, socktest.Pause(10400*ms), socktest.Send("x")),
		"silence":           script(0),
	} {
		w, _ := newBlockingWorld(t)
		w.Connect(bad)
		w.Connect(script(11*time.Second, socktest.Send(get)))
		other := w.Connect(script(50*ms, socktest.Send(get)))
		w.Run(time.Minute)
		wantReply(t, other, postedReply, 0)
		if err := w.Leaks(); err != nil || other.Ended > 2*time.Second {
			t.Errorf("%s: %v; another client was answered at %v", name, err, other.Ended)
		}
	}
}
