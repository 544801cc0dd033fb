package control_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sockhttp/cmd/control"
	"sockhttp/sock"
	"sockhttp/sock/socktest"
	"sockhttp/sock/trace"
	"sockhttp/timer"

	"github.com/benbjohnson/clock"
)

// play has f control a server whose queue runs in a bubble, where clock.New() is
// virtual.
func play(t *testing.T, pace sock.Pace, f func(c *control.Control, events func() []trace.Event)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c := control.New(clock.New())
		queue := timer.NewQueue(c.Clock())
		server := sock.NewServer(queue, c.Listener(socktest.NewNobody()), func(*sock.Unit) {})
		server.Pace = pace
		var mu sync.Mutex
		var events []trace.Event
		server.Trace[trace.TimerFired] = func(e trace.Event) {
			mu.Lock()
			defer mu.Unlock()
			events = append(events, e)
		}
		c.Attach(queue, server)
		server.Start()
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			queue.Run(ctx)
			close(ended)
		}()
		synctest.Wait()
		f(c, func() []trace.Event {
			synctest.Wait()
			mu.Lock()
			defer mu.Unlock()
			return slices.Clone(events)
		})
		stop()
		c.Resume()
		<-ended
	})
}

// While the server is paused its time stands still, and a step takes it to the
// next callback, for which nobody waits.
func TestTimeStandsStillInAPause(t *testing.T) {
	play(t, sock.Posted(), func(c *control.Control, events func() []trace.Event) {
		time.Sleep(550 * ms) // 0.1 to 0.2 and 0.3 to 0.4 are polls, and so is 0.5 to 0.6
		c.Pause()
		synctest.Wait()
		want(t, "its state while the poll waits", c.State(), control.State{Pausing: true, Slower: 1})
		time.Sleep(time.Hour)
		want(t, "its state", c.State(), control.State{Paused: true, Slower: 1})
		start := c.Clock().Now()
		time.Sleep(time.Hour)
		want(t, "the time that passed", c.Clock().Now().Sub(start), 0*ms)
		want(t, "callbacks", len(events()), 3)
		for n := range 3 {
			began := time.Now()
			c.Step()
			synctest.Wait()
			want(t, "callbacks", len(events()), 4+n)
			want(t, "when the callback came", time.Since(began), 0*ms)
			want(t, "and by the queue", events()[3+n].Time.Sub(start), time.Duration(2*n+1)*100*ms)
			want(t, "and from then on", c.Clock().Until(start), start.Sub(c.Clock().Now()))
			time.Sleep(time.Hour) // 0.1 s of it for the poll
			want(t, "the time of the queue", c.Clock().Now().Sub(start), time.Duration(2*n+2)*100*ms)
		}
		c.Resume()
		time.Sleep(time.Second)
		want(t, "callbacks in another second", len(events()), 6+5)
	})
}

// At each speed the queue's times are those of the full speed, and the real ones
// are longer. A new speed holds at once, and a pause ends a slowed poll.
func TestSpeedsByBothClocks(t *testing.T) {
	for name, pace := range map[string]sock.Pace{"posted": sock.Posted(), "eager": sock.Eager()} {
		for _, slower := range []int{1, 10, 100, 1000} {
			play(t, pace, func(c *control.Control, events func() []trace.Event) {
				c.SetSlower(slower)
				time.Sleep(time.Duration(slower) * time.Second)
				first := len(events())
				start := c.Clock().Now()
				time.Sleep(time.Duration(slower) * time.Second)
				want(t, name+": the time of the queue", c.Clock().Now().Sub(start), time.Second)
				for _, e := range events()[first:] {
					if at := e.Time.Sub(start); at%(100*ms) != 0 {
						t.Errorf("%s, slower %d: a callback at %v", name, slower, at)
					}
				}
				c.SetSlower(1)
				time.Sleep(piece)
				start = c.Clock().Now()
				began := time.Now()
				time.Sleep(time.Second)
				want(t, name+": the time at full speed", c.Clock().Now().Sub(start), time.Since(began))
				c.SetSlower(1000)
				time.Sleep(time.Second)
				c.Pause()
				time.Sleep(2 * 100 * ms)
				want(t, name+": its state after a pause", c.State(), control.State{Paused: true, Slower: 1000})
			})
		}
	}
}

// A step does not wait for its poll, which takes as long as ever by the queue's
// clock. Nor does the last callback of a run to an event.
func TestAStepDoesNotWaitForItsPoll(t *testing.T) {
	slow := sock.Eager()
	slow.ListenWait = time.Minute
	for _, pace := range []sock.Pace{sock.Posted(), slow} {
		for _, slower := range []int{1, 1000} {
			play(t, pace, func(c *control.Control, events func() []trace.Event) {
				time.Sleep(50 * ms)
				c.Step()
				synctest.Wait()
				want(t, "its state after a step of a server that was running", c.State(), control.State{Paused: true, Slower: 1})
				c.SetSlower(slower)
				c.Pause()
				time.Sleep(time.Hour)
				for range 4 {
					before, start := len(events()), c.Clock().Now()
					c.Step()
					time.Sleep(piece)
					want(t, "callbacks", len(events()), before+1)
					want(t, "its state", c.State(), control.State{Paused: true, Slower: slower})
					want(t, "its poll", c.Clock().Now().Sub(events()[before].Time), pace.ListenWait)
					want(t, "that the step begins where the last ended", events()[before].Time.Sub(start) <= 100*ms, true)
				}
				before := len(events())
				c.RunTo(func(e trace.Event) bool { return e.Kind == trace.TimerFired })
				time.Sleep(time.Duration(slower) * 100 * ms) // the rest before it, at the posted pace
				time.Sleep(piece)
				want(t, "callbacks", len(events()), before+1)
				want(t, "its state", c.State(), control.State{Paused: true, Slower: slower})

				c.Resume()
				time.Sleep(time.Duration(slower) * 150 * ms) // it is in a poll
				c.Step()
				time.Sleep(2 * piece)
				want(t, "its state after a step from within a poll", c.State(), control.State{Paused: true, Slower: slower})
			})
		}
	}
}

const piece = 50 * ms

func TestTheClockNeverGoesBack(t *testing.T) {
	play(t, sock.Eager(), func(c *control.Control, events func() []trace.Event) {
		last := c.Clock().Now()
		for i := range 200 {
			c.SetSlower([]int{1, 1000, 10, 0, control.MaxSlower, control.MaxSlower + 1, 100}[i%7])
			time.Sleep(time.Duration(i) * ms)
			now := c.Clock().Now()
			if now.Before(last) {
				t.Fatalf("from %v to %v", last, now)
			}
			last = now
		}
	})
}
