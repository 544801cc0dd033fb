package sock_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"syscall"
	"testing"
	"time"

	"sockhttp/sock"
	"sockhttp/sock/socktest"
	"sockhttp/sock/trace"
)

func TestShutdown(t *testing.T) {
	for _, test := range []struct {
		name     string
		readSize int
		want     time.Duration // when it is done
	}{
		{"with a client that is being sent something", 100_000, 1600 * ms},
		{"with one that does not read", -1, 6 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			reply := strings.Repeat("x", 300_000)
			w := newWorld(func(client *sock.Unit) {
				if len(client.Input()) > 0 {
					io.WriteString(client, reply)
					client.Free()
				}
			})
			w.Start()
			served := w.Connect(socktest.Script{Steps: []socktest.Step{socktest.Send("a")}, ReadSize: test.readSize, ReadEvery: 300 * ms})
			silent := w.Client(0)
			waiting := w.Client(1010 * ms)
			var done []time.Duration
			w.At(time.Second, func() {
				w.Shutdown(5*time.Second, func() { done = append(done, w.Now()) })
				w.Shutdown(0, func() { t.Error("a second Shutdown calls its function") })
			})
			w.Run(20 * time.Second)
			if len(done) != 1 || done[0] < test.want-100*ms || done[0] > test.want+100*ms {
				t.Errorf("done at %v, want once, at about %v", done, test.want)
			}
			if test.readSize > 0 {
				want(t, "bytes received", len(served.Received), len(reply))
			}
			want(t, "the silent one's end", silent.End, io.EOF)
			want(t, "the late one's end", waiting.End, error(syscall.ECONNRESET))
			want(t, "connections", w.NumOpen(), 0)
			want(t, "timers", w.Queue.Len(), 0)
		})
	}

	t.Run("with nobody", func(t *testing.T) {
		w := newWorld(upper)
		w.Start()
		w.Run(time.Second)
		done := false
		w.Shutdown(time.Hour, func() { done = true })
		if !done {
			t.Error("not done at once")
		}
		w.Run(2 * time.Second)
		want(t, "timers", w.Queue.Len(), 0)
	})
}

// A server that shuts down forgets the newcomer that waits for a place.
func TestShutdownWhileANewcomerWaits(t *testing.T) {
	w := newWorld(func(client *sock.Unit) {
		if strings.HasSuffix(string(client.Input()), "\n") {
			client.Write(make([]byte, 200_000)) // to one who does not read
			client.Free()
		}
	})
	w.Pace = sock.Posted()
	w.Pace.PollWait = 0
	w.Limits.MaxClients = 1
	w.Start()
	w.Connect(socktest.Script{Connect: 50 * ms, Steps: []socktest.Step{socktest.Pause(290 * ms), socktest.Send("b\n")}, ReadSize: -1})
	newcomer := w.Client(341*ms, socktest.Send("c\n"))
	done := false
	w.At(2*time.Second, func() { w.Shutdown(time.Second, func() { done = true }) })
	w.Run(10 * time.Second)
	if !done || w.NumOpen() != 0 || newcomer.End == nil {
		t.Errorf("done: %v, %d connections are open, the newcomer's end is %v", done, w.NumOpen(), newcomer.End)
	}
}

// A client that is being sent a reply gets it and no other, and one that has its
// reply does not lose it to input that the server has not read.
func TestShutdownServesNoMore(t *testing.T) {
	w := newWorld(func(client *sock.Unit) {
		if line, _, ok := bytes.Cut(client.Input(), []byte("\n")); ok {
			fmt.Fprintf(client, "%s%s\n", line, strings.Repeat(".", 100_000))
			client.Discard(len(line) + 1)
			client.LimitInput(time.Hour)
		}
	})
	w.Pace = sock.Posted()
	w.Start()
	// The first has its reply at 0.6 and asks again at 0.7; the second is
	// sent what it asked for until some time after that.
	first := w.Connect(socktest.Script{Steps: []socktest.Step{socktest.Send("a\n"), socktest.Pause(700 * ms), socktest.Send("b\n")}})
	second := w.Connect(socktest.Script{Steps: []socktest.Step{socktest.Send("c\n"), socktest.Pause(700 * ms), socktest.Send("d\n")}, ReadSize: 10_000, ReadEvery: 100 * ms})
	var done time.Duration
	w.At(701*ms, func() { w.Shutdown(5*time.Second, func() { done = w.Now() }) })
	w.Run(10 * time.Second)
	for i, c := range []*socktest.Client{first, second} {
		if len(c.Received) != 100_002 || c.End != io.EOF {
			t.Errorf("client %d got %d bytes, %v; want its first reply and the end", i, len(c.Received), c.End)
		}
	}
	if done == 0 || done > 3*time.Second {
		t.Errorf("done at %v", done)
	}
	want(t, "connections", w.NumOpen(), 0)
}

// At the end of grace nothing is left, not even what lingers.
func TestShutdownClosesWhatLingers(t *testing.T) {
	w := newWorld(upper)
	w.Limits.LingerIdle, w.Limits.LingerTimeout = time.Hour, time.Hour
	w.Start()
	w.Connect(socktest.Script{Steps: []socktest.Step{socktest.Send("a\n")}, KeepOpen: true})
	var done []time.Duration
	w.At(time.Second, func() { w.Shutdown(time.Second, func() { done = append(done, w.Now()) }) })
	w.Run(10 * time.Second)
	if len(done) != 1 || done[0] != 2*time.Second {
		t.Errorf("done at %v, want once at 2s", done)
	}
	want(t, "connections", w.NumOpen(), 0)
}

// At the end of grace all who are still being sent something are dropped.
func TestShutdownDropsAllInTheEnd(t *testing.T) {
	w := newWorld(func(client *sock.Unit) {
		io.WriteString(client, strings.Repeat("x", 300_000))
		client.Free()
	})
	w.Start()
	for range 3 {
		w.Connect(socktest.Script{Steps: []socktest.Step{socktest.Send("a")}, ReadSize: -1})
	}
	var done []time.Duration
	w.At(time.Second, func() { w.Shutdown(time.Second, func() { done = append(done, w.Now()) }) })
	w.Run(1900 * ms)
	want(t, "dropped before the end", w.luns(trace.Dropped), "")
	w.Run(10 * time.Second)
	want(t, "dropped", w.when(trace.Dropped, 0), "2s 2s 2s")
	if len(done) != 1 || done[0] != 2*time.Second {
		t.Errorf("done at %v, want once at 2s", done)
	}
	want(t, "connections", w.NumOpen(), 0)
}

// Shutdown may come at any moment, even from the trace.
func TestShutdownFromTheTrace(t *testing.T) {
	for kind := trace.TimerSet; kind <= trace.Closed; kind++ {
		for _, pace := range []sock.Pace{sock.Posted(), sock.Eager()} {
			w := newWorld(upper)
			w.Pace = pace
			done, called := 0, false
			all := w.Trace[kind]
			w.Start()
			w.Trace[kind] = func(e trace.Event) {
				all(e)
				if w.Now() > 0 && !called {
					called = true
					w.Shutdown(time.Second, func() { done++ })
				}
			}
			for i := range 3 {
				w.Client(time.Duration(i)*50*ms, socktest.Send("a\n"))
			}
			w.Run(20 * time.Second)
			if called && (done != 1 || w.NumOpen() != 0 || w.NumUnits() != 0 || w.Queue.Len() != 0 || w.Logged.Len() > 0) {
				t.Errorf("at event %d: done %d times, %d connections, %d units and %d timers are left, and the log says %q", kind, done, w.NumOpen(), w.NumUnits(), w.Queue.Len(), &w.Logged)
			}
		}
	}
}
