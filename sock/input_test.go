package sock_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
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
	if got := w.when(trace.Freed, 101); got < "11" || got > "11.1s" {
		t.Errorf("freed at %s, want 10s after it was accepted at 1s, and at most an interval later", got)
	}
	w.WantIdle(t)
}

// A routine that discards what it has dealt with is called again for what is
// left, when its reply is sent and though nothing more has come; but not for
// input that it left alone. A line takes its time from when its input began.
func TestDiscard(t *testing.T) {
	calls := 0
	w := newWorld(func(client *sock.Unit) {
		calls++
		line, _, ok := bytes.Cut(client.Input(), []byte("\n"))
		if !ok {
			return
		}
		client.Note(string(line))
		fmt.Fprintf(client, "%s\n", bytes.ToUpper(line))
		client.Discard(len(line) + 1)
	})
	c := w.Client(0, socktest.Send("a\nb\nc"), socktest.Pause(time.Second), socktest.Send("\n"), socktest.CloseWrite())
	w.Start()
	w.Run(5 * time.Second)
	want(t, "replies", string(c.Received), "A\nB\nC\n")
	if calls != 5 { // a, b, c without an end, c, the end of the input
		t.Errorf("the routine was called %d times, want 5", calls)
	}
	var replies []string
	for _, e := range w.events {
		if e.Kind == trace.Replied {
			replies = append(replies, fmt.Sprint(e.Note, " ", e.Bytes))
		}
	}
	want(t, "events", strings.Join(replies, ", "), "a 2, b 2, c 2")
	w.WantIdle(t)
}

// What a client sent before it shut its side is dealt with to the last.
func TestDiscardAfterTheEnd(t *testing.T) {
	w := newWorld(func(client *sock.Unit) {
		if line, _, ok := bytes.Cut(client.Input(), []byte("\n")); ok {
			fmt.Fprintf(client, "%s\n", bytes.ToUpper(line))
			client.Discard(len(line) + 1)
		}
	})
	c := w.Client(0, socktest.Send("a\nb\nc\n"), socktest.CloseWrite())
	w.Start()
	w.Run(5 * time.Second)
	want(t, "replies", string(c.Received), "A\nB\nC\n")
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

// A routine that asks for it is called again, at the pace's time, though nothing
// has come; others are served meanwhile.
func TestCallAgain(t *testing.T) {
	for _, test := range []struct {
		pace sock.Pace
		want string
	}{{sock.Eager(), "100µs 100µs 200µs 300µs"}, {sock.Posted(), "200ms 300ms 300ms 400ms"}} {
		w := newWorld(func(client *sock.Unit) {
			if string(client.Input()) != "work\n" {
				upper(client)
				return
			}
			slices, _ := client.Value.(int)
			if client.Value = slices + 1; slices == 2 {
				upper(client)
				return
			}
			client.CallAgain()
		})
		w.Pace = test.pace
		w.Start()
		worker := w.Client(0, socktest.Send("work\n"))
		other := w.Client(0, socktest.Send("a\n"))
		w.Run(time.Second)
		want(t, "calls", w.when(trace.Dispatched, 0), test.want)
		want(t, "the worker's reply", string(worker.Received), "WORK\n")
		want(t, "the other's reply", string(other.Received), "A\n")
		if other.Ended > worker.Ended {
			t.Errorf("the other was answered at %v, after %v", other.Ended, worker.Ended)
		}
		w.WantIdle(t)
	}
}

// A routine may answer more than once, and see input it has not answered yet.
func TestConversation(t *testing.T) {
	answered := 0
	w := newWorld(func(client *sock.Unit) {
		if lines := strings.Count(string(client.Input()), "\n"); lines > answered {
			answered = lines
			fmt.Fprintf(client, "%d\n", lines)
		}
	})
	w.Start()
	c := w.Client(0, socktest.Send("a\n"), socktest.Pause(200*ms), socktest.Send("b\n"), socktest.Pause(200*ms), socktest.CloseWrite())
	w.Run(time.Second)
	want(t, "received", string(c.Received), "1\n2\n")
	want(t, "end", c.End, io.EOF)
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

// A unit that is free has no input to discard.
func TestDiscardAfterFree(t *testing.T) {
	w := newWorld(func(client *sock.Unit) {
		client.Free()
		client.Discard(2)
	})
	w.Start()
	w.Client(0, socktest.Send("ab"))
	w.Run(time.Second)
	want(t, "the log", w.Logged.String(), "")
	w.WantIdle(t)
}

// At the eager pace a routine is called again at once, however long it has
// taken.
func TestASlowRoutineIsCalledAgainAtOnce(t *testing.T) {
	var w *world
	calls := 0
	w = newWorld(func(client *sock.Unit) {
		w.Skip(5 * ms)
		if calls++; calls < 4 {
			client.CallAgain()
			return
		}
		client.Free()
	})
	w.Start()
	w.Client(time.Second, socktest.Send("a"))
	w.Run(2 * time.Second)
	first, _ := time.ParseDuration(strings.Fields(w.when(trace.Dispatched, 101))[0])
	last, _ := time.ParseDuration(strings.Fields(w.when(trace.Dispatched, 101))[3])
	if last-first > 16*ms {
		t.Errorf("called at %s, want each 5ms after the one before", w.when(trace.Dispatched, 101))
	}
}

// Each of two requests that came together takes its time: the second from the
// reply to the first on.
func TestTheTimeOfRequestsThatCameTogether(t *testing.T) {
	var w *world
	w = newWorld(func(client *sock.Unit) {
		w.Skip(30 * ms)
		client.Note("reply")
		client.Write([]byte("x"))
		client.Discard(1)
	})
	w.Start()
	w.Client(time.Second, socktest.Send("ab"))
	w.Run(2 * time.Second)
	var took []time.Duration
	for _, e := range w.events {
		if e.Kind == trace.Replied {
			took = append(took, e.Took.Round(ms))
		}
	}
	if fmt.Sprint(took) != "[30ms 30ms]" {
		t.Errorf("the replies took %v, want 30ms each", took)
	}
}

// What a routine has left is its business again when its reply is sent, however
// long the client takes to read that.
func TestWhatIsLeftWaitsForTheReply(t *testing.T) {
	calls := 0
	w := newWorld(func(client *sock.Unit) {
		calls++
		if n := client.Unsent(); n > 0 {
			t.Errorf("call %d comes before %d bytes of the reply are sent", calls, n)
		}
		io.WriteString(client, strings.Repeat("x", 100_000))
		client.Discard(1)
		if calls == 2 {
			client.Free()
		}
	})
	w.Window = 10_000
	w.Start()
	c := w.Connect(socktest.Script{Steps: []socktest.Step{socktest.Send("ab")}, ReadSize: 10_000, ReadEvery: 100 * ms})
	w.Run(time.Minute)
	want(t, "calls", calls, 2)
	want(t, "bytes received", len(c.Received), 200_000)
	w.WantIdle(t)
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

// The input stays what it is until the routine returns, whatever it has done
// meanwhile.
func TestInputIsValidUntilTheRoutineReturns(t *testing.T) {
	const sent = "a line that is long\n"
	var first *sock.Unit
	for name, do := range map[string]func(client *sock.Unit){
		"discard all":  func(client *sock.Unit) { client.Discard(len(sent)) },
		"discard most": func(client *sock.Unit) { client.Discard(len(sent) - 2) },
		"free":         func(client *sock.Unit) { client.Free() },
		"panic and be dropped": func(client *sock.Unit) {
			client.OnFree = func(error) { io.WriteString(first, "something else") }
			client.Discard(len(sent))
			panic("after all")
		},
	} {
		w := newWorld(func(client *sock.Unit) {
			if client.LUN() == 101 {
				first = client
				return
			}
			input := client.Input()
			if len(input) < len(sent) { // what was left
				return
			}
			defer func() { want(t, name+": the input", string(input), sent) }()
			defer io.WriteString(first, "something else")
			defer io.WriteString(client, "something else")
			do(client)
		})
		w.Start()
		w.Client(0, socktest.Send("a"))
		w.Client(time.Second, socktest.Send(sent))
		w.Run(2 * time.Second)
		if called := w.luns(trace.Dispatched); !strings.HasPrefix(called, "101 102") {
			t.Errorf("%s: the units called are %s", name, called)
		}
	}
}

// What is taken by SwapInput stays as it is, whatever comes after it.
func TestSwapInput(t *testing.T) {
	var taken [][]byte
	w := newWorld(func(client *sock.Unit) {
		taken = append(taken, client.SwapInput(make([]byte, 100)))
		if len(client.Input()) != 0 || client.Seen() != 0 {
			t.Errorf("%q is left", client.Input())
		}
		if client.Err() != nil {
			client.Free()
			if input := client.SwapInput(nil); input != nil {
				t.Errorf("a free unit has %q", input)
			}
		}
	})
	w.Start()
	w.Client(0, socktest.Send("one"), socktest.Pause(time.Second), socktest.Send("two"), socktest.Pause(time.Second), socktest.CloseWrite())
	w.Run(10 * time.Second)
	want(t, "taken", fmt.Sprintf("%s", taken), "[one two ]")
	w.WantIdle(t)
}
