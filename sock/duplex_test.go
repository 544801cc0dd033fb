package sock_test

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"sockhttp/sock"
	"sockhttp/sock/socktest"
)

// A client that does not read sends something while it is being written to, and
// then shuts its side.
func TestPollingWhileSomethingIsSent(t *testing.T) {
	for name, test := range map[string]struct {
		polling sock.Polling
		want    string // what the routine is called with
		left    int    // units
	}{
		"between replies": {sock.BetweenReplies, "one,", 1},
		"always":          {sock.Always, "one,two,EOF,", 1}, // finishing
		"never":           {sock.Never, "one,", 1},
	} {
		t.Run(name, func(t *testing.T) {
			got := ""
			w := newWorld(func(client *sock.Unit) {
				got += string(client.Input())
				if client.Err() != nil {
					got += client.Err().Error()
				}
				got += ","
				if len(client.Input()) > 0 && client.Unsent() == 0 {
					client.Write(make([]byte, 200_000))
				}
				client.Discard(len(client.Input()))
				client.SetPolling(test.polling)
			})
			w.Start()
			w.Connect(socktest.Script{ReadSize: -1, Steps: []socktest.Step{
				socktest.Send("one"), socktest.Pause(time.Second), socktest.Send("two"), socktest.Pause(time.Second), socktest.CloseWrite(),
			}})
			w.Run(5 * time.Second)
			want(t, "called with", got, test.want)
			want(t, "units left", fmt.Sprint(w.NumUnits()), fmt.Sprint(test.left))
			w.Run(time.Minute) // SendTimeout
			w.WantIdle(t)
		})
	}
}

// The input of a client that is sent something is polled, but never waited for: at
// the eager pace more is sent as soon as the client takes it, also when no other
// callback is due because the server listens no more.
func TestPollingDoesNotHoldUpOutput(t *testing.T) {
	w := newWorld(func(client *sock.Unit) {
		client.Discard(len(client.Input()))
		client.SetPolling(sock.Always)
		client.Write(make([]byte, 100*50_000))
		client.CloseWrite()
	})
	w.Start()
	client := w.Connect(socktest.Script{ReadSize: 50_000, ReadEvery: 2 * ms, Steps: []socktest.Step{socktest.Send("GET")}})
	w.At(10*ms, func() { w.Queue.Post(w.StopListening) })
	w.Run(205 * ms)
	want(t, "received", fmt.Sprint(len(client.Received), client.End), "5000000 EOF")
}

// A routine that is to be called again once its output is sent is not called for
// that before, though the client is polled meanwhile: a client that does not read
// makes no work. What comes, and the end of it, is told once.
func TestCallAgainWaitsUntilAllIsSent(t *testing.T) {
	got := ""
	w := newWorld(func(client *sock.Unit) {
		got += fmt.Sprintf("%q %v, ", client.Input(), client.Err())
		if string(client.Input()) == "one" {
			client.Write(make([]byte, 200_000))
			client.SetPolling(sock.Always)
		}
		client.Discard(len(client.Input()))
		if client.Unsent() > 0 {
			client.CallAgain()
		} else {
			client.Free()
		}
	})
	w.Start()
	w.Connect(socktest.Script{ReadSize: 100_000, ReadEvery: 5 * time.Second, Steps: []socktest.Step{
		socktest.Send("one"), socktest.Pause(time.Second), socktest.Send("two"), socktest.Pause(time.Second), socktest.CloseWrite(),
	}})
	w.Run(time.Minute)
	want(t, "called with", got, `"one" <nil>, "two" <nil>, "" EOF, "" EOF, `)
	w.WantIdle(t)
}

func TestAUnitThatIsNeverPolledOutlivesItsInput(t *testing.T) {
	var unit *sock.Unit
	w := newWorld(func(client *sock.Unit) {
		if unit = client; client.Err() == io.EOF {
			client.SetPolling(sock.Never)
		}
	})
	w.Limits.InputTimeout = time.Hour
	w.Start()
	client := w.Client(0, socktest.CloseWrite())
	w.Run(time.Minute)
	unit.Write([]byte("late"))
	unit.Free()
	w.Run(2 * time.Minute)
	want(t, "received", string(client.Received), "late")
	w.WantIdle(t)
}

func TestAUnitThatIsNeverPolledIsCalledAgain(t *testing.T) {
	calls := 0
	w := newWorld(func(client *sock.Unit) {
		switch calls++; calls {
		case 1:
			client.SetPolling(sock.Never)
			client.Write(make([]byte, 200_000)) // takes more than one step
			client.CallAgain()
		case 2:
			client.Write([]byte("more"))
			client.Free()
		}
	})
	w.Start()
	client := w.Client(0, socktest.CloseWrite())
	w.Run(time.Minute)
	want(t, "calls", fmt.Sprint(calls), "2")
	want(t, "received", fmt.Sprint(len(client.Received)), "200004")
	w.WantIdle(t)
}

func TestWhatIsWrittenOutsideOfTheRoutineGoesOutWhenTheUnitWakes(t *testing.T) {
	for name, test := range map[string]struct {
		wake bool
		late string
	}{
		"awake":     {true, "0s"},
		"not awake": {false, "70ms"}, // when its next ServerCallback is due
	} {
		t.Run(name, func(t *testing.T) {
			var unit *sock.Unit
			w := newWorld(func(client *sock.Unit) { unit = client })
			w.SpeakFirst = true
			w.Limits.InputTimeout = time.Hour
			w.Start()
			client := w.Client(0)
			var written time.Duration
			w.At(5*time.Second+30*ms, func() {
				w.Queue.Post(func() {
					unit.Write([]byte("event"))
					if written = w.Now(); test.wake {
						unit.Wake()
						unit.Wake() // sets no second callback
					}
				})
			})
			w.Run(6 * time.Second)
			want(t, "sent after it was written", fmt.Sprint(client.FirstByte-written), test.late)
			if n := w.Queue.Len(); n != 2 {
				t.Errorf("%d timers, want the listener's and the client's", n)
			}
		})
	}
}

func TestCloseWriteEndsTheOutputAndLeavesTheInput(t *testing.T) {
	got := ""
	w := newWorld(func(client *sock.Unit) {
		got += string(client.Input())
		client.Discard(len(client.Input()))
		client.Write([]byte(strings.Repeat("x", 100_000)))
		client.CloseWrite()
		client.CloseWrite()
		client.Write([]byte("dropped"))
	})
	w.Start()
	client := w.Connect(socktest.Script{KeepOpen: true, Steps: []socktest.Step{
		socktest.Send("one "), socktest.Pause(time.Second), socktest.Send("two"), socktest.Pause(time.Second), socktest.CloseWrite(),
	}})
	w.Run(900 * ms)
	if len(client.Received) != 100_000 || client.End != io.EOF {
		t.Errorf("the client has %d bytes, %v", len(client.Received), client.End)
	}
	w.Run(5 * time.Second)
	want(t, "input", got, "one two")
	want(t, "received in all", fmt.Sprint(len(client.Received)), "100000")
	w.WantIdle(t)
}

func TestOnFreeTellsWhyAUnitIsGivenBack(t *testing.T) {
	for name, test := range map[string]struct {
		steps []socktest.Step
		want  string
	}{
		"freed":   {[]socktest.Step{socktest.Send("free\n")}, "<nil>"},
		"dropped": {[]socktest.Step{socktest.Send("panic\n")}, "the routine panicked: panic\n"},
	} {
		t.Run(name, func(t *testing.T) {
			got := ""
			w := newWorld(func(client *sock.Unit) {
				client.OnFree = func(cause error) { got += fmt.Sprint(cause) }
				if input := string(client.Input()); input == "panic\n" {
					panic(input)
				}
				client.Free()
			})
			w.Start()
			w.Client(0, test.steps...)
			w.Run(10 * time.Second)
			want(t, "cause", got, test.want)
			w.WantIdle(t)
		})
	}
}

func TestAServerThatSpeaksFirst(t *testing.T) {
	for name, pace := range map[string]sock.Pace{"posted": sock.Posted(), "eager": sock.Eager()} {
		t.Run(name, func(t *testing.T) {
			calls := 0
			w := newWorld(func(client *sock.Unit) {
				if calls++; calls == 1 {
					client.Write([]byte("220 ready\r\n"))
				}
			})
			w.Pace, w.SpeakFirst = pace, true
			w.Start()
			client := w.Client(0)
			w.Run(5 * time.Second)
			want(t, "received", string(client.Received), "220 ready\r\n")
			want(t, "calls", fmt.Sprint(calls), "1")
		})
	}
}

func TestStopListeningLeavesTheClients(t *testing.T) {
	w := newWorld(upper)
	w.Start()
	client := w.Client(0, socktest.Pause(2*time.Second), socktest.Send("hello\n"))
	w.At(time.Second, func() { w.Queue.Post(w.StopListening) })
	late := w.Client(1500 * ms)
	done := false
	w.At(3*time.Second, func() { w.Queue.Post(func() { w.Shutdown(time.Second, func() { done = true }) }) })
	w.Run(5 * time.Second)
	want(t, "received", string(client.Received), "HELLO\n")
	want(t, "the later one", fmt.Sprint(late.End), "connection reset by peer")
	if !done || w.Queue.Len() > 1 || w.NumUnits() > 0 {
		t.Errorf("done %t, %d timers and %d units are left", done, w.Queue.Len(), w.NumUnits())
	}
}
