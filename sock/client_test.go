package sock_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"sockhttp/sock"
	"sockhttp/sock/tcp"
	"sockhttp/sock/trace"
	"sockhttp/timer"

	"github.com/benbjohnson/clock"
)

var refused = os.NewSyscallError("connect", syscall.ECONNREFUSED)

// A caller is a client on the network and queue of a world, that says hello and
// waits for a line.
type caller struct {
	*sock.Client
	w        *world
	events   []trace.Event
	answer   string
	inputErr error
	refusals []error
	done     []error
	doneAt   time.Duration
}

func newCaller(w *world) *caller {
	c := &caller{w: w}
	asked := false
	c.Client = sock.NewClient(w.Queue, w.Dialer(), func(server *sock.Unit) {
		if !asked {
			asked = true
			io.WriteString(server, "hello\n")
		}
		line, _, ok := bytes.Cut(server.Input(), []byte("\n"))
		if ok {
			c.answer = string(line)
			server.Free()
		}
		c.inputErr = server.Err()
	})
	c.Log = log.New(&w.Logged, "", 0)
	c.Trace = trace.All(func(e trace.Event) { c.events = append(c.events, e) })
	c.OnRetry = func(err error) { c.refusals = append(c.refusals, err) }
	c.OnDone = func(err error) { c.done, c.doneAt = append(c.done, err), w.Now() }
	return c
}

func (c *caller) times(kind trace.Kind) string {
	var times []string
	for _, e := range c.events {
		if e.Kind == kind {
			times = append(times, c.w.Since(e.Time).String())
		}
	}
	return strings.Join(times, " ")
}

// A client whose server is not there tries again after each interval, and says
// so once; then it is polled as a server's clients are.
func TestClientTriesAgain(t *testing.T) {
	for _, pace := range []sock.Pace{sock.Posted(), sock.Eager()} {
		w := newWorld(upper)
		w.RefuseDials(refused, refused)
		w.Latency = 5 * ms
		w.Start()
		c := newCaller(w)
		c.Pace = pace
		c.Start()
		w.Run(5 * time.Second)
		if len(c.done) != 1 || c.done[0] != nil || c.answer != "HELLO" || len(c.refusals) != 1 || !errors.Is(c.refusals[0], syscall.ECONNREFUSED) {
			t.Errorf("it got %q, was refused with %v and ended with %v", c.answer, c.refusals, c.done)
		}
		failed, connected := c.times(trace.ConnectFailed), c.times(trace.Connected)
		if failed != "10ms 120ms" || connected != "230ms" {
			t.Errorf("connecting failed at %s and went at %s", failed, connected)
		}
		callbacks := map[string]bool{}
		for _, e := range c.events {
			switch {
			case e.LUN != 100:
				t.Fatalf("%v on unit %d, want 100", e, e.LUN)
			case e.Kind == trace.ConnectFailed && !errors.Is(e.Err, syscall.ECONNREFUSED):
				t.Errorf("connecting failed: %v", e.Err)
			case e.Kind == trace.TimerSet:
				callbacks[e.Callback+" set"] = true
			case e.Kind == trace.TimerFired:
				callbacks[e.Callback] = true
			}
		}
		want(t, "callbacks", fmt.Sprint(callbacks), "map[ClientCallback:true ClientCallback set:true ServerCallback:true ServerCallback set:true]")
		w.WantIdle(t)
	}
}

// While a connection is being made, the client looks after it at its pace. It need
// not be told what happens.
func TestTheNextLookAtAConnection(t *testing.T) {
	for _, test := range []struct {
		pace sock.Pace
		want string
	}{
		{sock.Posted(), "map[0s:true 100ms:true]"},
		{sock.Eager(), "map[0s:true 1ms:true 100ms:true]"},
	} {
		w := newWorld(upper)
		w.RefuseDials(refused)
		w.Latency = 30 * ms
		w.Start()
		delays, answer := map[time.Duration]bool{}, ""
		c := sock.NewClient(w.Queue, w.Dialer(), func(server *sock.Unit) {
			if answer = string(server.Input()); answer == "" {
				io.WriteString(server, "hello\n")
			}
		})
		c.Pace = test.pace
		c.Trace = trace.All(func(e trace.Event) {
			if e.Kind == trace.TimerSet && e.Callback == "ClientCallback" {
				delays[e.Delay] = true
			}
		})
		c.Start()
		w.Run(time.Minute)
		want(t, "delays", fmt.Sprint(delays), test.want)
		want(t, "answer", answer, "HELLO\n")
		w.WantIdle(t)
	}
}

// When its patience is over, a client gives up, and nothing is left of it.
func TestClientGivesUp(t *testing.T) {
	w := newWorld(upper)
	for range 200 {
		w.RefuseDials(refused)
	}
	c := newCaller(w)
	c.DialTimeout = time.Second
	c.Start()
	w.Run(5 * time.Second)
	if len(c.done) != 1 || !errors.Is(c.done[0], syscall.ECONNREFUSED) || !strings.Contains(c.done[0].Error(), "the server was not there for 1s") || c.doneAt != time.Second {
		t.Errorf("it ended with %v at %v", c.done, c.doneAt)
	}
	if n := w.Queue.Len(); n != 0 {
		t.Errorf("%d timers are left", n)
	}

	w = newWorld(upper)
	w.Latency = 20 * time.Second // a server too far away
	c = newCaller(w)
	c.Start()
	w.Run(time.Minute)
	if len(c.done) != 1 || !errors.Is(c.done[0], os.ErrDeadlineExceeded) || c.doneAt < 10*time.Second || c.doneAt > 10*time.Second+100*ms || len(c.refusals) > 0 {
		t.Errorf("it ended with %v at %v, and was refused with %v", c.done, c.doneAt, c.refusals)
	}
	w.Start() // it finds a connection, which is closed
	w.Run(w.Now() + time.Second)
	w.WantIdle(t)
}

// However its connection ends, a client ends once, and knows why.
func TestClientEnds(t *testing.T) {
	for _, test := range []struct {
		name    string
		routine sock.Routine // of the server
		change  func(c *caller)
		answer  string
		input   error
		done    string
	}{
		{name: "a whole answer", routine: upper, answer: "HELLO"},
		{name: "no answer", routine: func(client *sock.Unit) { client.Free() }, input: io.EOF},
		{name: "a server that says nothing", routine: func(client *sock.Unit) {
			client.LimitInput(time.Hour)
		}, input: os.ErrDeadlineExceeded},
		{name: "a server that panics", routine: func(client *sock.Unit) { panic("bad luck") }, input: io.EOF},
		{name: "a routine that panics", routine: upper, done: "the routine panicked: oh", change: func(c *caller) {
			c.Client = sock.NewClient(c.w.Queue, c.w.Dialer(), func(server *sock.Unit) { panic("oh") })
			c.Client.Log = log.New(io.Discard, "", 0)
			c.Client.OnDone = func(err error) { c.done = append(c.done, err) }
		}},
	} {
		w := newWorld(test.routine)
		w.Start()
		c := newCaller(w)
		if test.change != nil {
			test.change(c)
		}
		c.Start()
		w.Run(time.Minute)
		if c.answer != test.answer || c.inputErr != test.input {
			t.Errorf("%s: it got %q, %v", test.name, c.answer, c.inputErr)
		}
		if len(c.done) != 1 || (c.done[0] == nil) != (test.done == "") || c.done[0] != nil && c.done[0].Error() != test.done {
			t.Errorf("%s: it ended with %v", test.name, c.done)
		}
		w.WantIdle(t)
	}
}

// Over TCP: the server comes when the client has been refused once.
func TestClientOverTCP(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	queue := timer.NewQueue(clock.New())
	answer, large := "", strings.Repeat("x", 1<<20)
	asked := false
	client := sock.NewClient(queue, tcp.Dial(address), func(server *sock.Unit) {
		if !asked {
			asked = true
			io.WriteString(server, large+"\n")
		}
		if bytes.HasSuffix(server.Input(), []byte("\n")) || server.Err() != nil {
			answer = string(server.Input())
			server.Free()
		}
	})
	refusals := 0
	client.OnRetry = func(error) {
		refusals++
		listener, err := tcp.Listen(address)
		if err != nil {
			t.Errorf("listening where a client was refused: %v", err)
			cancel()
			return
		}
		server := sock.NewServer(queue, listener, upper)
		client.OnDone = func(err error) {
			if err != nil {
				t.Error(err)
			}
			server.Shutdown(0, cancel)
		}
		server.Start()
	}
	client.OnDone = func(err error) {
		t.Errorf("it ended with %v", err)
		cancel()
	}
	client.Start()
	queue.Run(ctx)
	if refusals != 1 || answer != strings.ToUpper(large)+"\n" {
		t.Errorf("refused %d times, and then answered with %d bytes", refusals, len(answer))
	}
}

// A Dialer that is closed leaves nothing behind, whether it was connecting or
// not.
func TestDialerClose(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	d := tcp.Dial(l.Addr().String())
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	if conn, err := d.Dial(0); err == nil {
		conn.Close()
	}
	d.Close()
	conn, err := d.Dial(time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if conn.RemoteAddr().String() != l.Addr().String() {
		t.Errorf("connected to %v, want %v", conn.RemoteAddr(), l.Addr())
	}
	conn.Close()
	bad := tcp.Dial("127.0.0.1:no-port")
	if _, err := bad.Dial(time.Minute); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("connecting to no port: %v", err)
	}
}
