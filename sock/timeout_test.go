package sock_test

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"sockhttp/sock"
	"sockhttp/sock/socktest"
	"sockhttp/sock/trace"
)

// A client has ten seconds for its input; the routine is told when they are
// over, and the unit is freed even if the routine does nothing.
func TestInputLimit(t *testing.T) {
	var told []error
	w := newWorld(func(client *sock.Unit) {
		if client.Err() != nil {
			told = append(told, client.Err())
		}
	})
	w.Start()
	w.Client(time.Second, socktest.Send("a"), socktest.Pause(9*time.Second), socktest.Send("b"))
	w.Run(20 * time.Second)
	if len(told) != 1 || !errors.Is(told[0], os.ErrDeadlineExceeded) {
		t.Errorf("the routine was told %v, want that time was over, once", told)
	}
	if got := w.when(trace.Freed, 101); got != "11s" && (got < "11.0" || got > "11.1s") {
		t.Errorf("freed at %s, want 10s after it was accepted at 1s, and at most an interval later", got)
	}
	w.WantIdle(t)
}

// LimitInput counts from when the reply is sent, and makes up for time that
// had run out.
func TestLimitInput(t *testing.T) {
	w := newWorld(func(client *sock.Unit) {
		switch {
		case client.Err() == nil: // the first line
			client.Write(make([]byte, 100_000))
			client.Discard(len(client.Input()))
			client.LimitInput(time.Second)
		case client.Value == nil:
			client.Value = "warned"
			client.LimitInput(2 * time.Second)
			if client.Err() != nil {
				t.Error("there is time again, and an error: ", client.Err())
			}
		}
	})
	w.Connect(socktest.Script{Steps: []socktest.Step{socktest.Send("a\n")}, ReadSize: 10_000, ReadEvery: time.Second})
	w.Start()
	w.Run(time.Minute)
	var sent time.Duration
	for _, e := range w.events {
		switch e.Kind {
		case trace.Wrote:
			sent = w.Since(e.Time)
		case trace.Freed:
			if after := w.Since(e.Time) - sent; after < 3*time.Second || after > 3200*ms {
				t.Errorf("freed %v after the reply was sent, want 3s", after)
			}
		}
	}
	w.WantIdle(t)
}

// So it does while the input is polled all the time.
func TestLimitInputWhilePolling(t *testing.T) {
	w := newWorld(func(client *sock.Unit) {
		switch {
		case client.Err() != nil:
			want(t, "not yet sent when the time is over", client.Unsent(), 0)
		case len(client.Input()) > 0:
			client.SetPolling(sock.Always)
			client.Write(make([]byte, 100_000))
			client.Discard(len(client.Input()))
			client.LimitInput(time.Second)
		}
	})
	w.Connect(socktest.Script{Steps: []socktest.Step{socktest.Send("a\n")}, ReadSize: 10_000, ReadEvery: time.Second})
	w.Start()
	w.Run(time.Minute)
	want(t, "units called", w.luns(trace.Dispatched), "101 101")
	w.WantIdle(t)
}

// What came while the program was stopped is read before time is called over, all
// of it; but a client that goes on sending after its time is not heard for ever.
func TestInputAfterItsTime(t *testing.T) {
	const much = 300_000
	var got []int
	w := newWorld(func(client *sock.Unit) {
		if client.Err() != nil {
			got = append(got, len(client.Input()))
		}
	})
	w.Window = much
	w.Start()
	w.Client(0, socktest.Pause(2*time.Second), socktest.Send(strings.Repeat("x", much)))
	w.At(time.Second, func() { w.Skip(20 * time.Second) })
	w.Run(30 * time.Second)
	if len(got) != 1 || got[0] != much {
		t.Errorf("when its time was over the routine had %v bytes, want %d, once", got, much)
	}
	w.WantIdle(t)

	w = newWorld(func(client *sock.Unit) { client.Discard(len(client.Input())) })
	w.Window = 16 << 20
	w.Start()
	w.Client(0, append([]socktest.Step{socktest.Pause(9 * time.Second)}, repeat(60, socktest.Send(strings.Repeat("x", 1<<20)), socktest.Pause(50*ms))...)...)
	w.Run(30 * time.Second)
	if got := w.when(trace.Freed, 101); !strings.HasPrefix(got, "10") {
		t.Errorf("a client that never stops sending is freed at %q, want 10s", got)
	}
}

// The time without a byte sent counts from when a reply is begun, not from the
// one before.
func TestSendTimeoutOfASecondReply(t *testing.T) {
	w := newWorld(func(client *sock.Unit) {
		client.Write(make([]byte, 64<<10)) // as much as the window holds
		client.Discard(len(client.Input()))
		client.LimitInput(time.Minute)
	})
	w.Limits.SendTimeout = time.Second
	w.Start()
	w.Connect(socktest.Script{Steps: []socktest.Step{socktest.Send("a"), socktest.Pause(5 * time.Second), socktest.Send("b")}, ReadSize: -1})
	w.Run(20 * time.Second)
	if got := w.when(trace.Dropped, 101); !strings.HasPrefix(got, "6") {
		t.Errorf("dropped at %q, want a second after the second request at 5s", got)
	}
}

// A client that takes something every 0.9 s is not given up, with 1 s for that.
func TestSendTimeoutCountsFromTheLastByteSent(t *testing.T) {
	w := newWorld(func(client *sock.Unit) {
		client.Write(make([]byte, 100_000))
		client.Free()
	})
	w.Limits.SendTimeout = time.Second
	w.Start()
	c := w.Connect(socktest.Script{Steps: []socktest.Step{socktest.Send("a")}, ReadSize: 10_000, ReadEvery: 900 * ms})
	w.Run(20 * time.Second)
	want(t, "bytes received", len(c.Received), 100_000)
	want(t, "dropped", w.when(trace.Dropped, 101), "")
}
