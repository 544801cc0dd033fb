package netconn_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"sockhttp/sock/netconn"
	"sockhttp/sock/socktest"
	"sockhttp/sock/trace"
	"sockhttp/timer"
)

const ms = time.Millisecond

// A world is a listener on a simulated network, in a bubble of goroutines. One
// plays the network, and the test's own and others use the connections. Time
// stands still while they do: run lets it go on, and before each callback of the
// server, and as it goes on, the network waits until the others have nothing to do.
type world struct {
	*socktest.Network
	*netconn.Listener
	t     *testing.T
	queue *timer.Queue
	now   time.Duration // by the network's clock, when the others last had nothing to do

	resume, paused chan struct{}
	over           bool
}

// play has f use a world, and fails the test if anything is left in it of the
// listener and its connections when f has closed them.
func play(t *testing.T, f func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{Network: socktest.New(), t: t, resume: make(chan struct{}), paused: make(chan struct{})}
		w.queue = timer.NewQueue(w.Clock())
		w.Listener = netconn.Listen(w.queue, w.Network.Listener())
		w.Server.Trace = trace.All(func(e trace.Event) {
			switch e.Kind {
			case trace.TimerSet, trace.PollBegun, trace.PollEnded: // the callback goes on
			default:
				synctest.Wait()
			}
		})
		w.At(0, w.pause)
		go w.Network.Run(w.queue, 1000*time.Hour)
		<-w.paused
		f(w)
		w.Listener.Close()
		w.run(w.now + 20*time.Second) // lingering included
		if units, timers, open := w.Server.NumUnits(), w.queue.Len(), w.NumOpen(); units+timers+open > 0 {
			t.Errorf("%d units, %d timers and %d connections are left", units, timers, open)
		}
		w.over = true
		w.resume <- struct{}{}
	})
}

// pause lets the test's goroutine go on, until it calls run.
func (w *world) pause() {
	w.paused <- struct{}{}
	<-w.resume
	if w.over {
		runtime.Goexit()
	}
}

// run plays the world until a time of the network. It notes the time every
// millisecond at first, and then less often.
func (w *world) run(until time.Duration) {
	var tick func(step time.Duration)
	tick = func(step time.Duration) {
		synctest.Wait()
		w.now = w.Now()
		if w.now == until {
			w.pause()
			return
		}
		w.At(min(w.now+step, until), func() { tick(step + step/100) })
	}
	w.At(w.now, func() { tick(ms) })
	w.resume <- struct{}{}
	<-w.paused
}

// An outcome is what came of something that a goroutine did, and when.
type outcome struct {
	text string
	at   time.Duration
	done bool
}

// begin has a goroutine do f, and returns when that has nothing to do or is over.
func (w *world) begin(f func() string) *outcome {
	o := new(outcome)
	go func() {
		o.text = f()
		o.at, o.done = w.now, true
	}()
	synctest.Wait()
	return o
}

// want fails the test unless it ended in that way at that time of the network,
// but for a millisecond or a hundredth, between which times are not told apart;
// or as much later as a client that was quiet may have to wait for its next poll.
func (w *world) want(o *outcome, text string, at time.Duration) {
	w.t.Helper()
	switch {
	case !o.done:
		w.t.Errorf("not over at %v, want %q at %v", w.now, text, at)
	case o.text != text || o.at < at-at/100-2*ms || o.at > at+w.Server.Pace.Interval:
		w.t.Errorf("%q at %v, want %q at %v", o.text, o.at, text, at)
	}
}

// connect adds a client and returns the connection to it.
func (w *world) connect(script socktest.Script) (net.Conn, *socktest.Client) {
	w.t.Helper()
	script.Connect += w.now
	client := w.Connect(script)
	var conn net.Conn
	accepted := w.begin(func() string {
		var err error
		conn, err = w.Accept()
		return outcomeOf(0, err)
	})
	w.run(w.now + 2*ms)
	if !accepted.done || conn == nil {
		w.t.Fatal("the client is not accepted")
	}
	if conn.RemoteAddr().String() != client.Addr().String() {
		w.t.Fatalf("the connection is %v's, want %v's", conn.RemoteAddr(), client.Addr())
	}
	return conn, client
}

// outcomeOf says how a call ended. Errors are those of a TCP connection.
func outcomeOf(n int, err error) string {
	var op *net.OpError
	switch {
	case err == nil:
		return fmt.Sprint(n, " bytes")
	case err == io.EOF:
		return fmt.Sprint(n, " bytes, EOF")
	case !errors.As(err, &op):
		return "not a net.OpError: " + err.Error()
	case op.Err == os.ErrDeadlineExceeded:
		if !op.Timeout() {
			return "a timeout whose Timeout reports false"
		}
		return fmt.Sprint(n, " bytes, timeout")
	case errors.Is(err, net.ErrClosed):
		return fmt.Sprint(n, " bytes, closed")
	case errors.Is(err, syscall.ECONNRESET):
		return fmt.Sprint(n, " bytes, reset")
	case errors.Is(err, syscall.EPIPE):
		return fmt.Sprint(n, " bytes, broken pipe")
	}
	return fmt.Sprint(n, " bytes, ", op.Err)
}

func (w *world) read(c net.Conn, size int) *outcome {
	return w.begin(func() string {
		p := make([]byte, size)
		n, err := c.Read(p)
		if err == nil {
			return string(p[:n])
		}
		return outcomeOf(n, err)
	})
}

func (w *world) write(c net.Conn, size int) *outcome {
	return w.begin(func() string { return outcomeOf(c.Write(make([]byte, size))) })
}

func (w *world) closeWrite(c net.Conn) {
	if err := c.(netconn.Conn).CloseWrite(); err != nil {
		w.t.Error(err)
	}
}
