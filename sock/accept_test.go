package sock_test

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"sockhttp/sock"
	"sockhttp/sock/socktest"
	"sockhttp/sock/trace"
)

// Accept failing is logged once for as long as it lasts, tried again after each
// interval, and over when it is over.
func TestAcceptFails(t *testing.T) {
	for _, pace := range []sock.Pace{sock.Posted(), sock.Eager()} {
		w := newWorld(upper)
		w.Pace = pace
		w.Start()
		emfile := os.NewSyscallError("accept", syscall.EMFILE)
		w.RefuseAccepts(emfile, emfile, emfile)
		first := w.Client(time.Second, socktest.Send("a\n"))
		w.Run(1150 * ms)
		if n := strings.Count(w.Logged.String(), "\n"); n != 1 || !strings.Contains(w.Logged.String(), "cannot accept clients, trying again every 100ms: accept: "+syscall.EMFILE.Error()) {
			t.Errorf("the log is %q, want one line", &w.Logged)
		}
		w.Run(2 * time.Second)
		want(t, "after failing", string(first.Received), "A\n")
		if first.Ended > 1600*ms {
			t.Errorf("answered at %v, want soon after accepting has failed three times", first.Ended)
		}
		w.RefuseAccepts(emfile)
		again := w.Client(3*time.Second, socktest.Send("b\n"))
		w.Run(4 * time.Second)
		want(t, "after failing again", string(again.Received), "B\n")
		want(t, "lines in the log", strings.Count(w.Logged.String(), "\n"), 2)
		w.WantIdle(t)
		var failures []string
		for _, e := range w.events {
			if e.Kind == trace.AcceptFailed {
				failures = append(failures, fmt.Sprintf("%d: %v", e.LUN, e.Err))
			}
		}
		want(t, "failures", strings.Join(failures, ", "), fmt.Sprintf("100: %v, 100: %[1]v", emfile))
	}
}

// An eager server whose listener is not to wait looks at it as often as at a
// client, and no oftener.
func TestAListenerThatDoesNotWaitDoesNotSpin(t *testing.T) {
	w := newWorld(upper)
	w.Pace.ListenWait = 0
	w.Start()
	w.Run(10 * time.Second)
	polls := 0
	for _, e := range w.events {
		if e.Kind == trace.PollBegun && w.Since(e.Time) >= 5*time.Second {
			polls++
		}
	}
	if polls < 49 || polls > 51 {
		t.Errorf("%d polls in 5 s, want 50", polls)
	}
}

// Between two tries of an accept that fails lies an interval at both paces.
func TestFailingAcceptDoesNotSpin(t *testing.T) {
	w := newWorld(upper)
	w.Start()
	w.Client(time.Second)
	for range 1000 {
		w.RefuseAccepts(syscall.ENFILE)
	}
	w.Run(2050 * ms)
	var tries int
	for _, e := range w.events {
		if e.Kind == trace.PollEnded && e.Err == syscall.ENFILE {
			tries++
		}
	}
	want(t, "tries in 1.05s", tries, 11)
}

// A server whose clients all have a request under way leaves the rest in the
// backlog, and does not look at it until there is a place.
func TestFullServer(t *testing.T) {
	for _, pace := range []sock.Pace{sock.Posted(), sock.Eager()} {
		w := newWorld(upper)
		w.Pace = pace
		w.Limits.MaxClients = 2
		w.Start()
		for range 2 {
			w.Client(0, socktest.Send("a"), socktest.Pause(5*time.Second), socktest.Send("\n"))
		}
		third := w.Client(time.Second, socktest.Send("b\n"))
		w.Run(4 * time.Second)
		want(t, "accepted", w.luns(trace.Accepted), "101 102")
		for _, e := range w.events {
			if e.LUN == 100 && w.Since(e.Time) > 500*ms {
				t.Fatalf("at %v the full server looks at the listener: %v", w.Since(e.Time), e)
			}
		}
		w.Run(6 * time.Second)
		want(t, "the third", string(third.Received), "B\n")
		w.Run(20 * time.Second)
		w.WantIdle(t)
	}
}
