package control_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sockhttp/cmd/control"
	"sockhttp/sock"
	"sockhttp/sock/socktest"
	"sockhttp/sock/trace"
	"sockhttp/timer"
)

const ms = time.Millisecond

// A world is a controlled server on a simulated network, which says hello to who
// says anything.
type world struct {
	*socktest.Network
	*control.Control
	queue  *timer.Queue
	server *sock.Server
	events []trace.Event
}

func newWorld(pace sock.Pace) *world {
	w := &world{Network: socktest.New()}
	w.Control = control.New(w.Network.Clock())
	w.queue = timer.NewQueue(w.Control.Clock())
	w.server = sock.NewServer(w.queue, w.Control.Listener(w.Network.Listener()), func(client *sock.Unit) {
		client.Write([]byte("hello\n"))
		client.Free()
	})
	w.server.Pace = pace
	w.server.Trace = trace.All(func(e trace.Event) { w.events = append(w.events, e) })
	w.Attach(w.queue, w.server)
	w.server.Start()
	return w
}

// run plays d of the network's time and returns the callbacks that were called
// in it.
func (w *world) run(d time.Duration) (callbacks []string) {
	seen := len(w.events)
	w.Run(w.queue, w.Network.Now()+d)
	for _, e := range w.events[seen:] {
		if e.Kind == trace.TimerFired {
			callbacks = append(callbacks, fmt.Sprintf("%s of %d", e.Callback, e.LUN))
		}
	}
	return callbacks
}

// polls adds how long each poll from now on waits, by the network's time, to waits.
func (w *world) polls(waits *[]time.Duration) {
	var begun time.Duration
	w.Observe(func(e trace.Event) {
		switch e.Kind {
		case trace.PollBegun:
			begun = w.Network.Now()
		case trace.PollEnded:
			*waits = append(*waits, w.Network.Now()-begun)
		}
	})
}

func (w *world) connect(steps ...socktest.Step) *socktest.Client {
	return w.Connect(socktest.Script{Connect: w.Network.Now(), Steps: steps})
}

func want(t *testing.T, name string, got, want any) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: %v, want %v", name, got, want)
	}
}

func TestAPauseLetsTheClientsLiveOn(t *testing.T) {
	for name, pace := range map[string]sock.Pace{"posted": sock.Posted(), "eager": sock.Eager()} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(pace)
			w.run(time.Second)
			w.Pause()
			w.run(200 * ms) // the poll that was waiting
			client := w.connect(socktest.Send("anyone?"), socktest.Pause(time.Minute), socktest.CloseWrite())
			want(t, "callbacks while it is paused", w.run(time.Hour), []string(nil))
			want(t, "what the client got", string(client.Received), "")
			w.Resume()
			w.run(time.Second)
			want(t, "what the client got then", string(client.Received), "hello\n")
		})
	}
}

// A step runs one callback and no other, of however many that are due. Nobody waits in
// its polls.
func TestStep(t *testing.T) {
	for name, pace := range map[string]sock.Pace{"posted": sock.Posted(), "eager": sock.Eager()} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(pace)
			var waits []time.Duration
			w.polls(&waits)
			w.SetSlower(10) // or the steps would have the queue's clock before the network's
			w.Pause()
			w.connect(socktest.Send("one"))
			w.connect(socktest.Send("another"))
			w.run(time.Second)
			var all []string
			for range 8 {
				w.Step()
				callbacks := w.run(time.Second)
				want(t, "callbacks in a step", len(callbacks), 1)
				all = append(all, callbacks...)
			}
			if order := strings.Join(all, ", "); !strings.HasPrefix(order, "ListenerCallback of 100, ") || !strings.Contains(order, "ServerCallback of 101, ") {
				t.Errorf("the callbacks were %s", order)
			}
			want(t, "callbacks after the last step", w.run(time.Second), []string(nil))
			for range 5 {
				w.Step()
			}
			want(t, "callbacks in five steps that come together", len(w.run(time.Second)), 5)
			want(t, "callbacks after these", w.run(time.Second), []string(nil))
			w.Step()
			w.Step()
			w.Pause()
			want(t, "callbacks in steps and a pause that come together", w.run(time.Second), []string(nil))
			w.Step()
			want(t, "callbacks in a step after these", len(w.run(time.Second)), 1)
			want(t, "the longest wait in a poll", slices.Max(waits), 0*ms)
		})
	}
}

func TestRunTo(t *testing.T) {
	w := newWorld(sock.Posted())
	w.RunTo(func(e trace.Event) bool { return e.Kind == trace.Accepted })
	w.run(time.Second)
	want(t, "it still runs", len(w.run(time.Second)) > 0, true)
	w.connect(socktest.Send("anyone?"))
	w.run(time.Second)
	kinds := []trace.Kind{}
	for _, e := range w.events[len(w.events)-3:] {
		kinds = append(kinds, e.Kind)
	}
	want(t, "the last events, to the end of the callback", kinds, []trace.Kind{trace.Accepted, trace.TimerSet, trace.TimerSet})
}

// An observer is told what the server's own trace is told, and the history is the
// same with and without it.
func TestObserve(t *testing.T) {
	play := func(observe func(trace.Event)) (own string) {
		w := newWorld(sock.Eager())
		w.Observe(observe)
		w.connect(socktest.Send("anyone?"))
		w.run(time.Second)
		var b bytes.Buffer
		for _, e := range w.events {
			fmt.Fprintln(&b, e.Time, e.LUN, e)
		}
		return b.String()
	}
	var seen bytes.Buffer
	own := play(func(e trace.Event) { fmt.Fprintln(&seen, e.Time, e.LUN, e) })
	_, afterStart, _ := strings.Cut(own, "\n")
	want(t, "the observer saw what the trace did", seen.String() == afterStart, true)
	want(t, "the history is that without an observer", play(nil) == own, true)
}

// A server that shuts down is held up by nothing.
func TestShutdown(t *testing.T) {
	w := newWorld(sock.Posted())
	w.connect(socktest.Send("anyone?"))
	w.SetSlower(1000)
	w.Pause()
	w.run(time.Minute)
	ended := false
	w.queue.Post(func() { w.server.Shutdown(time.Second, func() { ended = true }) })
	w.run(20 * time.Second)
	want(t, "it has ended", ended, true)
	want(t, "its state", w.State(), control.State{Slower: 1, Released: true})
	w.Pause()
	w.SetSlower(10)
	w.run(time.Second)
	want(t, "its state", w.State(), control.State{Slower: 1, Released: true})
}
