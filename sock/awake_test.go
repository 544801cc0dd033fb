package sock_test

import (
	"fmt"
	"os"
	"syscall"
	"testing"
	"time"

	"sockhttp/sock"
	"sockhttp/sock/socktest"
	"sockhttp/sock/trace"
)

// newListWorld is newWorld, but its listener can ask about many connections in
// one poll.
func newListWorld(routine sock.Routine) *world { return newWorldOf(socktest.NewListServer(routine)) }

// calls is how often a unit was called.
func (w *world) calls(lun int) (calls int) {
	for _, e := range w.events {
		if e.Kind == trace.TimerFired && e.LUN == lun {
			calls++
		}
	}
	return calls
}

// A client that sends a byte every 1.8 ms is awake all the time. Each byte is read
// when it comes, as if the client were polled without rest, and for each there is
// one call.
func TestAwakeClientsAreCalledWhenSomethingComes(t *testing.T) {
	const bytes, every = 50, 1800 * time.Microsecond
	var steps []socktest.Step
	for range bytes {
		steps = append(steps, socktest.Send("x"), socktest.Pause(every))
	}
	for name, test := range map[string]struct {
		world *world
		calls int // at most
	}{
		"one after the other": {newWorld(lines), 1000},
		"in one poll":         {newListWorld(lines), bytes + 10},
	} {
		t.Run(name, func(t *testing.T) {
			w := test.world
			w.Start()
			w.Client(time.Second, steps...)
			w.Run(time.Second + bytes*every)
			read, late := int64(0), time.Duration(0)
			for _, e := range w.events {
				if e.Kind == trace.PollEnded && e.Bytes > 0 {
					late = max(late, w.Since(e.Time)-time.Second-time.Duration(read)*every)
					read += e.Bytes
				}
			}
			if calls := w.calls(101); read != bytes || late > 200*time.Microsecond || calls > test.calls {
				t.Errorf("%d bytes were read, %v late at most, in %d calls; want %d, 200µs and %d", read, late, calls, bytes, test.calls)
			}
		})
	}
}

// A client that takes its reply slowly is called when it has taken some of it.
func TestAwakeClientsAreCalledWhenTheyCanTakeMore(t *testing.T) {
	for name, test := range map[string]struct {
		server func(sock.Routine) *world
		calls  int // at most
	}{
		"one after the other": {newWorld, 1000},
		"in one poll":         {newListWorld, 60},
	} {
		t.Run(name, func(t *testing.T) {
			w := test.server(func(client *sock.Unit) {
				client.Write(make([]byte, 500_000))
				client.Free()
			})
			w.Start()
			c := w.Connect(socktest.Script{Connect: time.Second, Steps: []socktest.Step{socktest.Send("x")}, ReadSize: 10_000, ReadEvery: 1500 * time.Microsecond})
			w.Run(2 * time.Second)
			const least = time.Second + 50*1500*time.Microsecond
			if len(c.Received) != 500_000 || c.Ended > least+5*ms || w.calls(101) > test.calls {
				t.Errorf("%d bytes came by %v in %d calls; want 500000 by %v in %d", len(c.Received), c.Ended, w.calls(101), least+5*ms, test.calls)
			}
			w.WantIdle(t)
		})
	}
}

// An awake client that gives up its place is called no more.
func TestAwakeClientsThatGiveUpTheirPlace(t *testing.T) {
	w := newListWorld(lines)
	w.Start()
	emfile := os.NewSyscallError("accept", syscall.EMFILE)
	w.At(time.Second+ms/2, func() { w.RefuseAccepts(emfile) }) // a place is made, and the listener not polled for a while
	first := w.Client(time.Second, socktest.Send("a\n"))
	second := w.Client(time.Second+ms, socktest.Send("b\n"), socktest.CloseWrite())
	w.Run(10 * time.Second)
	want(t, "replies", fmt.Sprintf("%s%s", first.Received, second.Received), "A\nB\n")
	want(t, "dropped", w.luns(trace.Dropped), "101")
	w.WantIdle(t)
}

// An awake client that is asked for its place, and has just sent something, keeps
// it and is called; and so is one that is no longer polled.
func TestAwakeClientsThatWaitForMoreThanTheirConnection(t *testing.T) {
	w := newListWorld(lines)
	w.Limits.MaxClients = 2
	w.Start()
	first := w.Client(time.Second, socktest.Send("a\n"), socktest.CloseWrite())
	w.Client(time.Second, socktest.Reset()) // its place goes to the next
	second := w.Client(time.Second, socktest.Send("b\n"), socktest.CloseWrite())
	w.Run(10 * time.Second)
	want(t, "replies", fmt.Sprintf("%s%s", first.Received, second.Received), "A\nB\n")
	w.WantIdle(t)

	var unit *sock.Unit
	w = newListWorld(func(client *sock.Unit) { unit = client })
	w.Start()
	w.Client(time.Second, socktest.Send("x"), socktest.Pause(time.Hour))
	w.At(time.Second+ms, func() { w.Queue.Post(func() { unit.SetPolling(sock.Never) }) })
	w.Run(2 * time.Second)
	calls := w.calls(101)
	w.Run(3 * time.Second)
	want(t, "calls in the last second", w.calls(101)-calls, 10)
}

// A client whose routine has more to do waits for nothing that comes: it is called
// at once, and not when the poll for all ends.
func TestAwakeClientsAreCalledAtOnceForWhatIsLeft(t *testing.T) {
	again := 0
	for name, routine := range map[string]sock.Routine{
		"input that is left": lines,
		"another call": func(client *sock.Unit) {
			if again++; again < 4 {
				client.CallAgain()
				return
			}
			client.Write([]byte("A\nB\nC\n"))
			client.Free()
		},
	} {
		w := newListWorld(routine)
		w.Start()
		c := w.Client(time.Second, socktest.Send("a\nb\nc\n"))
		w.Run(time.Second + ms)
		want(t, name+": received within 1 ms", string(c.Received), "A\nB\nC\n")
	}
}

// What is posted ends the poll for all.
func TestPostEndsThePollForAllWhoAreAwake(t *testing.T) {
	w := newListWorld(lines)
	w.Start()
	w.Client(time.Second, socktest.Send("x"), socktest.Pause(time.Second))
	posted, called := time.Second+ms+ms/2, time.Duration(0)
	w.At(posted, func() { w.Queue.Post(func() { called = w.Now() }) })
	w.Run(2 * time.Second)
	want(t, "called", called, posted)
}

// When nobody polls the listener any more, those who were awake are served on.
func TestAwakeClientsOutliveTheListener(t *testing.T) {
	w := newListWorld(lines)
	w.Start()
	c := w.Client(time.Second, socktest.Send("a\n"), socktest.Pause(2*ms), socktest.Send("b\n"), socktest.Pause(time.Second), socktest.Send("c\n"), socktest.CloseWrite())
	w.At(time.Second+ms, func() { w.Queue.Post(w.StopListening) })
	w.Run(10 * time.Second)
	want(t, "received", string(c.Received), "A\nB\nC\n")
	want(t, "timers and units", fmt.Sprint(w.Queue.Len(), w.NumUnits()), "0 0")
}
