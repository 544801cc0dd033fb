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
	if got := w.when(sock.Freed, 101); got < "11" || got > "11.1s" {
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
		if e.Kind == sock.Replied {
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
		case sock.Wrote:
			sent = w.Since(e.Time)
		case sock.Freed:
			if after := w.Since(e.Time) - sent; after < 3*time.Second || after > 3200*ms {
				t.Errorf("freed %v after the reply was sent, want 3s", after)
			}
		}
	}
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
		want(t, "calls", w.when(sock.Dispatched, 0), test.want)
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
