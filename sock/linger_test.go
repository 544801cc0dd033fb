package sock_test

import (
	"io"
	"strings"
	"testing"
	"time"

	"sockhttp/sock"
	"sockhttp/sock/socktest"
	"sockhttp/sock/trace"
)

// A freed unit's connection stays until the client has shut its side, but
// not for long.
func TestLingering(t *testing.T) {
	for _, test := range []struct {
		name  string
		steps []socktest.Step
		min   time.Duration
	}{
		{"one that shuts its side", []socktest.Step{socktest.Pause(500 * ms), socktest.CloseWrite()}, 500 * ms},
		{"one that resets", []socktest.Step{socktest.Pause(500 * ms), socktest.Reset()}, 500 * ms},
		{"a silent one, 2s", nil, 2 * time.Second},
		{"one that goes quiet, 2s", []socktest.Step{socktest.Pause(1500 * ms), socktest.Send("more")}, 3500 * ms},
		{"one that never stops, 10s", repeat(20, socktest.Pause(time.Second), socktest.Send("more")), 10 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(upper)
			w.Start()
			c := w.Connect(socktest.Script{Steps: append([]socktest.Step{socktest.Send("a\n")}, test.steps...), KeepOpen: true})
			w.Run(30 * time.Second)
			want(t, "received", string(c.Received), "A\n")
			want(t, "freed", w.when(trace.Freed, 101), "100µs")
			closed, err := time.ParseDuration(w.when(trace.Closed, 101))
			if late := closed - test.min; err != nil || late < 0 || late > 100*ms+100*time.Microsecond {
				t.Errorf("closed at %v, %v; want it at %v and at most an interval later", closed, err, test.min)
			}
			w.WantIdle(t)
		})
	}
}

// How long a connection lingers is not the routine's to say.
func TestLimitInputAfterFree(t *testing.T) {
	for _, limit := range []time.Duration{0, time.Hour} {
		w := newWorld(func(client *sock.Unit) {
			client.Free()
			client.LimitInput(limit)
		})
		w.Start()
		w.Connect(socktest.Script{Steps: append([]socktest.Step{socktest.Send("a\n")}, repeat(20, socktest.Pause(time.Second), socktest.Send("more"))...), KeepOpen: true})
		w.Run(30 * time.Second)
		closed, err := time.ParseDuration(w.when(trace.Closed, 101))
		if err != nil || closed < 10*time.Second || closed > 10*time.Second+200*ms {
			t.Errorf("with %v it is closed at %v, %v, want 10s", limit, closed, err)
		}
	}
}

func repeat(n int, steps ...socktest.Step) (all []socktest.Step) {
	for range n {
		all = append(all, steps...)
	}
	return all
}

// A reply that has to wait for a client that is still sending reaches it: the
// server reads what it does not need before it closes.
func TestReplyBeforeInputEnds(t *testing.T) {
	w := newWorld(upper)
	w.Latency = 20 * ms
	w.Start()
	c := w.Client(0, socktest.Send("a\n"), socktest.Send(strings.Repeat("x", 4<<20)))
	w.Run(time.Minute)
	want(t, "received", string(c.Received), "A\n")
	want(t, "end", c.End, io.EOF)
	w.WantIdle(t)
}

// Connections that linger hold no place, and there are no more of them than
// there are places, or a hundred: the oldest is closed for the next.
func TestLingeringHoldsNoPlace(t *testing.T) {
	w := newWorld(upper)
	w.Limits.MaxClients = 2
	w.Start()
	var clients []*socktest.Client
	for i := range 104 {
		clients = append(clients, w.Connect(socktest.Script{
			Connect: time.Duration(i) * 10 * ms, Steps: []socktest.Step{socktest.Send("a\n")}, KeepOpen: true}))
	}
	w.Run(1100 * ms)
	for i, c := range clients {
		if late := c.FirstByte - time.Duration(i)*10*ms; string(c.Received) != "A\n" || late > ms {
			t.Errorf("client %d got %q after %v", i, c.Received, late)
		}
	}
	want(t, "connections that linger", w.NumOpen(), 100)
	want(t, "closed", w.luns(trace.Closed), "101 101 101 101")
	w.Run(5 * time.Second)
	w.WantIdle(t)

	w = newWorld(upper)
	w.Limits.MaxClients = 120
	w.Start()
	for range 110 {
		w.Connect(socktest.Script{Steps: []socktest.Step{socktest.Send("a\n")}, KeepOpen: true})
	}
	w.Run(time.Second)
	want(t, "connections that linger beside 120 places", w.NumOpen(), 110)
}
