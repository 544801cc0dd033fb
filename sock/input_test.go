package sock_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"sockhttp/sock"
	"sockhttp/sock/socktest"
	"sockhttp/sock/trace"
)

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

// Then its memory serves the next client.
func TestTheMemoryOfInputIsUsedAgain(t *testing.T) {
	var inputs []*byte
	w := newWorld(func(client *sock.Unit) {
		if len(client.Input()) > 0 {
			inputs = append(inputs, &client.Input()[0])
			client.Discard(len(client.Input()))
			client.Free()
		}
	})
	w.Start()
	for i := range 4 {
		w.Client(time.Duration(i)*time.Second, socktest.Send("a"))
	}
	w.Run(5 * time.Second)
	if len(inputs) != 4 || inputs[1] != inputs[0] || inputs[3] != inputs[0] {
		t.Errorf("the inputs are in %v, want one place", inputs)
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
