package array_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"sockhttp/sock"
	"sockhttp/sock/array"
	"sockhttp/sock/socktest"
	"sockhttp/sock/trace"
)

// The pair on the simulated network: the client connects at the third try, and
// gets what it asked for.
func TestPair(t *testing.T) {
	w := newWorld(t, false)
	w.Latency = 2 * ms
	w.RefuseDials(os.ErrPermission, os.ErrPermission)
	var lines []string
	var done []error
	var connected, answered, ended time.Duration
	h := array.Header{Dimensions: [3]int{200_000, 1, 1}, Type: array.Byte}
	client := sock.NewClient(w.Queue, w.Dialer(), array.Ask(h, bytes.Repeat([]byte{7}, 200_000), "mean", func(line string, err error) {
		lines, answered = append(lines, fmt.Sprint(line, err)), w.Now()
	}))
	client.Trace[trace.Connected] = func(trace.Event) { connected = w.Now() }
	client.OnDone = func(err error) { done, ended = append(done, err), w.Now() }
	client.Start()
	other := w.Connect(socktest.Script{Steps: slowly(bytesOf("abc")+"max\n", 20, 20*ms)})
	w.Run(5 * time.Second)
	if len(lines) != 1 || lines[0] != "7<nil>" || len(done) != 1 || done[0] != nil || string(other.Received) != "99\n" {
		t.Errorf("answered %q and ended with %v; the other got %q", lines, done, other.Received)
	}
	// Two tries fail after a round trip of 4 ms, and are made again 0.1 s later;
	// the third goes well. The array goes in four windows of 64 KiB, a round
	// trip each, and the answer comes with the last; the client then closes at
	// once. What is more is that each side polls when it polls.
	if connected != 212*ms || answered != 232*ms+100*time.Microsecond || ended != answered {
		t.Errorf("connected at %v, answered at %v, ended at %v", connected, answered, ended)
	}
}

// What goes wrong, the client is told in its answer or at its end.
func TestAskFails(t *testing.T) {
	h := array.Header{Dimensions: [3]int{1, 1, 1}, Type: array.Byte}
	for _, test := range []struct {
		routine sock.Routine
		command string
		want    string
	}{
		{array.Routine(array.Options{}), "nonsense", `"nonsense" is not a command`},
		{func(u *sock.Unit) { u.Free() }, "max", "the server has closed the connection without an answer"},
		{func(u *sock.Unit) { io.WriteString(u, "97"); u.Free() }, "max", "the server has closed the connection without an answer"},
		{func(u *sock.Unit) { u.LimitInput(time.Hour) }, "max", "the server has not answered in time"},
		{func(u *sock.Unit) { io.WriteString(u, "HTTP/1.1 400 Bad Request\r\n\r\n"); u.Free() }, "max", "does not speak SockServer's protocol"},
		{func(u *sock.Unit) { io.WriteString(u, strings.Repeat("x", 70_000)); u.Free() }, "max", "does not speak SockServer's protocol"},
	} {
		w := socktest.NewServer(test.routine)
		w.Start()
		var got []error
		client := sock.NewClient(w.Queue, w.Dialer(), array.Ask(h, []byte("a"), test.command, func(line string, err error) { got = append(got, err) }))
		ended := 0
		client.OnDone = func(error) { ended++ }
		client.Start()
		w.Run(5 * time.Minute)
		if len(got) != 1 || got[0] == nil || !strings.Contains(got[0].Error(), test.want) || ended != 1 {
			t.Errorf("the answer is %v, want %q; ended %d times", got, test.want, ended)
		}
		w.WantIdle(t)
	}
}
