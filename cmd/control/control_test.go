package control_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log"
	"slices"
	"strings"
	"syscall"
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

// Who wants the server to stop or to hurry ends the slow poll that is waiting. Who takes
// that back leaves the next ones as slow as they were.
func TestTheEndOfASlowPoll(t *testing.T) {
	for name, f := range map[string]func(*control.Control){
		"pause": (*control.Control).Pause, "step": (*control.Control).Step, "release": (*control.Control).Release,
	} {
		w := newWorld(sock.Posted())
		var waits []time.Duration
		w.polls(&waits)
		w.SetSlower(10)
		w.At(1520*ms, func() { f(w.Control) }) // the poll is from 1 to 2 s
		w.At(1700*ms, w.Resume)
		w.run(2 * time.Second)
		next := time.Second
		if name == "release" {
			next = 100 * ms
		}
		want(t, name+": the waits in polls", waits[:2], []time.Duration{550 * ms, next})
	}
}

// A run to an event ends with the callback in which that was.
func TestRunTo(t *testing.T) {
	w := newWorld(sock.Posted())
	w.RunTo(func(e trace.Event) bool { return e.Kind == trace.Accepted })
	w.run(time.Second)
	want(t, "it still runs", len(w.run(time.Second)) > 0, true)
	want(t, "its state", w.State(), control.State{Running: true, Slower: 1})
	w.connect(socktest.Send("anyone?"))
	w.run(time.Second)
	kinds := []trace.Kind{}
	for _, e := range w.events[len(w.events)-3:] {
		kinds = append(kinds, e.Kind)
	}
	want(t, "the last events, to the end of the callback", kinds, []trace.Kind{trace.Accepted, trace.TimerSet, trace.TimerSet})
	want(t, "its state then", w.State(), control.State{Pausing: true, Slower: 1})
	w.Control.Clock().Timer(time.Hour) // as Run of the queue does when there is nothing to do
	want(t, "its state after the callback", w.State(), control.State{Paused: true, Slower: 1})
	w.Pause()
	w.queue.Step()
	want(t, "its state after another pause", w.State(), control.State{Paused: true, Slower: 1})
	w.Resume()
	w.queue.Step()
	want(t, "its state when it runs on", w.State(), control.State{Slower: 1})
	matches := 0
	w.RunTo(func(trace.Event) bool {
		matches++
		return true
	})
	w.run(time.Second)
	want(t, "the events until it stops", matches, 1)
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

// A server that nobody observes makes no events, other than for its own trace.
func TestNobodyObserves(t *testing.T) {
	w := newWorld(sock.Eager())
	w.server.Trace = trace.Hooks{}
	w.Attach(w.queue, w.server)
	for _, observe := range []func(trace.Event){func(trace.Event) {}, nil} {
		w.Observe(observe)
		w.queue.Step()
		want(t, "events are made", w.server.Trace[trace.PollBegun] != nil, observe != nil)
	}
}

// A pace that is set holds from then on.
func TestSetPace(t *testing.T) {
	w := newWorld(sock.Posted())
	want(t, "the address", w.Addr(), w.Network.Listener().Addr())
	pace := sock.Posted()
	pace.Interval = 400 * ms
	w.SetPace(pace)
	want(t, "callbacks, at 0.1, 0.6 and 1.1 s", len(w.run(1500*ms)), 3)
}

// A server that was released runs on at full speed, whatever it is told.
func TestRelease(t *testing.T) {
	for _, steps := range []int{0, 3} {
		w := newWorld(sock.Posted())
		w.SetSlower(10)
		w.Pause()
		w.run(time.Second)
		for range steps {
			w.Step()
		}
		w.Release()
		began, start := w.Network.Now(), w.Control.Clock().Now()
		w.queue.Step()
		w.Pause()
		w.SetSlower(10)
		want(t, "it runs on", len(w.run(time.Second)) > 0, true)
		want(t, "the queue's time", w.Control.Clock().Now().Sub(start), w.Network.Now()-began)
		want(t, "its state", w.State(), control.State{Slower: 1, Released: true})
	}
}

// A client that cannot be accepted is told of, as without a control.
func TestAcceptFails(t *testing.T) {
	w := newWorld(sock.Posted())
	w.server.Log = log.New(io.Discard, "", 0)
	w.RefuseAccepts(syscall.EMFILE)
	w.connect(socktest.Send("anyone?"))
	w.run(time.Second)
	failed := func(e trace.Event) bool { return e.Kind == trace.AcceptFailed && errors.Is(e.Err, syscall.EMFILE) }
	want(t, "the failure is told", slices.ContainsFunc(w.events, failed), true)
}

// A listener that was given to no server can be closed.
func TestClosedBeforeAttach(t *testing.T) {
	n := socktest.New()
	if err := control.New(n.Clock()).Listener(n.Listener()).Close(); err != nil {
		t.Error(err)
	}
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
