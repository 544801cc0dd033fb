package sock_test

import (
	"fmt"
	"testing"
	"time"

	"sockhttp/sock"
	"sockhttp/sock/socktest"
	"sockhttp/sock/trace"
)

// A callback that takes longer than 0.1 s is named in the log with its unit.
// What its poll waits for does not count.
func TestSlowCallback(t *testing.T) {
	posted := sock.Posted()
	posted.ListenWait, posted.PollWait = 5*time.Second, time.Second
	for _, pace := range []sock.Pace{posted, sock.Eager()} {
		for _, test := range []struct {
			at   trace.Kind // the event that takes a while
			took time.Duration
			want string
		}{
			{trace.Dispatched, 4200 * ms, "sock: ServerCallback of unit 101 took 4.2s, and all other clients waited for it\n"},
			{trace.Dispatched, 101 * ms, "sock: ServerCallback of unit 101 took 101ms, and all other clients waited for it\n"},
			{trace.Dispatched, 100 * ms, ""},
			{trace.Wrote, 4200 * ms, "sock: ServerCallback of unit 101 took 4.2s, and all other clients waited for it\n"},
			{trace.Closed, 4200 * ms, "sock: LingerCallback of unit 101 took 4.2s, and all other clients waited for it\n"},
			{trace.Accepted, 4200 * ms, "sock: ListenerCallback of unit 100 took 4.2s, and all other clients waited for it\n"},
		} {
			t.Run(fmt.Sprintf("eager=%v %v", pace.Eager, test), func(t *testing.T) {
				w := newWorld(upper)
				w.Pace = pace
				w.Trace[test.at] = func(trace.Event) { w.Skip(test.took) }
				w.Start()
				// Both polls wait for long: for the client, and for its request.
				c := w.Client(time.Second, socktest.Pause(200*ms), socktest.Send("a\n"))
				w.Run(time.Minute)
				want(t, "received", string(c.Received), "A\n")
				want(t, "the log", w.Logged.String(), test.want)
			})
		}
	}
}

// A poll that finds nothing, and the end of a client that is dropped, can be slow, too.
func TestSlowHooks(t *testing.T) {
	var w *world
	w = newWorld(func(client *sock.Unit) {
		client.OnFree = func(error) { w.Skip(4200 * ms) }
		client.Write(make([]byte, 1_000_000))
	})
	w.Trace = trace.Hooks{} // after which the clock is read
	w.Start()
	w.Connect(socktest.Script{Steps: []socktest.Step{socktest.Send("a\n"), socktest.Pause(50 * ms), socktest.Reset()}, ReadSize: -1})
	w.Run(time.Minute)
	want(t, "the log", w.Logged.String(), "sock: ServerCallback of unit 101 took 4.2s, and all other clients waited for it\n")

	w = newWorld(upper)
	polls := 0
	w.Trace[trace.PollEnded] = func(e trace.Event) {
		if e.LUN == 101 && e.Err != nil {
			if polls++; polls == 5 {
				w.Skip(150 * ms)
			}
		}
	}
	w.Start()
	w.Client(0, socktest.Pause(2*time.Second), socktest.Send("a\n"))
	w.Run(time.Minute)
	want(t, "the log", w.Logged.String(), "sock: ServerCallback of unit 101 took 150ms, and all other clients waited for it\n")
}
