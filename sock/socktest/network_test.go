package socktest_test

import (
	"errors"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"sockhttp/sock"
	"sockhttp/sock/socktest"
	"sockhttp/timer"
)

const ms = time.Millisecond

// accept runs the network until a time and takes the client that waits then.
func accept(t *testing.T, n *socktest.Network, at time.Duration) sock.Conn {
	t.Helper()
	run(n, at)
	conn, err := n.Listener().Accept(0)
	if err != nil {
		t.Fatalf("at %v: %v", at, err)
	}
	return conn
}

// run plays the network without a server.
func run(n *socktest.Network, until time.Duration) { n.Run(timer.NewQueue(n.Clock()), until) }

// read reads without waiting, and tells what came or why nothing did.
func read(c sock.Conn) string {
	p := make([]byte, 1<<20)
	n, err := c.Read(p, 0)
	if err != nil {
		return err.Error()
	}
	return string(p[:n])
}

var (
	nothing = os.ErrDeadlineExceeded.Error()
	eof     = io.EOF.Error()
	reset   = os.NewSyscallError("read", syscall.ECONNRESET).Error()
)

func want[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func TestLatency(t *testing.T) {
	n := socktest.New()
	n.Latency = 20 * ms
	c := n.Connect(socktest.Script{Connect: 10 * ms, Steps: []socktest.Step{
		socktest.Send("a"), socktest.Pause(50 * ms), socktest.Send("b"), socktest.CloseWrite()}})
	run(n, 29*ms)
	_, err := n.Listener().Accept(0)
	want(t, "before the latency is over", err, os.ErrDeadlineExceeded)
	conn := accept(t, n, 30*ms)
	want(t, "the address", conn.RemoteAddr().String(), c.Addr().String())
	want(t, "the first piece", read(conn), "a")
	want(t, "and then", read(conn), nothing)
	run(n, 79*ms)
	want(t, "before the second piece", read(conn), nothing)
	run(n, 80*ms)
	want(t, "the second piece", read(conn), "b")
	want(t, "the end", read(conn), eof)
	want(t, "the end again", read(conn), eof)

	if n, err := conn.Write([]byte("reply")); n != 5 || err != nil {
		t.Errorf("wrote %d, %v", n, err)
	}
	conn.CloseWrite()
	run(n, 99*ms)
	want(t, "received before the latency is over", string(c.Received), "")
	run(n, 100*ms)
	want(t, "received", string(c.Received), "reply")
	want(t, "first byte", c.FirstByte, 100*ms)
	want(t, "end", c.End, io.EOF)
	want(t, "ended", c.Ended, 100*ms)
}

// A wait moves the clock to whichever comes first, the input or its end.
func TestWaits(t *testing.T) {
	n := socktest.New()
	n.Connect(socktest.Script{Connect: 30 * ms, Steps: []socktest.Step{socktest.Pause(7 * ms), socktest.Send("a")}})
	l := n.Listener()
	_, err := l.Accept(20 * ms)
	want(t, "accept", err, os.ErrDeadlineExceeded)
	want(t, "the time", n.Now(), 20*ms)
	conn, err := l.Accept(20 * ms)
	if err != nil {
		t.Fatal(err)
	}
	want(t, "the time", n.Now(), 30*ms)
	p := make([]byte, 10)
	_, err = conn.Read(p, 5*ms)
	want(t, "read", err, os.ErrDeadlineExceeded)
	want(t, "the time", n.Now(), 35*ms)
	got, err := conn.Read(p, 5*ms)
	want(t, "bytes read", got, 1)
	want(t, "read", err, nil)
	want(t, "the time", n.Now(), 37*ms)
}

// Each side may have a window of bytes on its way or unread, and no more.
func TestWindows(t *testing.T) {
	n := socktest.New()
	n.Window = 10
	n.Latency = ms
	c := n.Connect(socktest.Script{
		Steps:    []socktest.Step{socktest.Send("0123456789abcdefghij..."), socktest.CloseWrite()},
		ReadSize: 4, ReadEvery: 100 * ms,
	})
	conn := accept(t, n, 50*ms)
	want(t, "a window", read(conn), "0123456789")
	run(n, 51*ms)
	want(t, "before the acknowledgement has led to more", read(conn), nothing)
	run(n, 52*ms)
	want(t, "the next", read(conn), "abcdefghij")
	run(n, 54*ms)
	want(t, "the last", read(conn), "...")
	want(t, "the end", read(conn), eof)

	write := func(s string) int {
		n, err := conn.Write([]byte(s))
		if err != nil {
			t.Error(err)
		}
		return n
	}
	want(t, "written of 15 bytes", write("0123456789abcde"), 10)
	want(t, "written of the rest", write("abcde"), 0)
	run(n, 156*ms) // it has read 4 at 155, and said so by now
	want(t, "written then", write("abcde"), 4)
	conn.CloseWrite()
	run(n, time.Second)
	want(t, "received", string(c.Received), "0123456789abcd")
	want(t, "end", c.End, io.EOF)
}

// A reset makes either side lose what it has not read.
func TestResets(t *testing.T) {
	n := socktest.New()
	n.Connect(socktest.Script{Steps: []socktest.Step{socktest.Send("lost"), socktest.Pause(10 * ms), socktest.Reset()}})
	conn := accept(t, n, 20*ms)
	want(t, "reading after a reset", read(conn), reset)
	if _, err := conn.Write([]byte("x")); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("writing after a reset: %v", err)
	}
	conn.Close()

	// Closing with unread input resets, and what was sent before is lost
	// to a client that has not read it.
	slow := n.Connect(socktest.Script{Connect: 30 * ms, Steps: []socktest.Step{socktest.Send("unread")}, ReadSize: 100, ReadEvery: time.Second})
	conn = accept(t, n, 30*ms)
	conn.Write([]byte("reply"))
	conn.Close()
	run(n, 5*time.Second)
	want(t, "received", string(slow.Received), "")
	want(t, "end", slow.End, error(syscall.ECONNRESET))

	// Without, it ends the stream after the last byte.
	c := n.Connect(socktest.Script{Connect: 6 * time.Second, ReadSize: 100, ReadEvery: time.Second})
	conn = accept(t, n, 6*time.Second)
	conn.Write([]byte("reply"))
	conn.Close()
	run(n, 20*time.Second)
	want(t, "received", string(c.Received), "reply")
	want(t, "end", c.End, io.EOF)

	// Data for a socket that is closed is answered with a reset.
	late := n.Connect(socktest.Script{Connect: 20 * time.Second, KeepOpen: true, Steps: []socktest.Step{socktest.Pause(time.Second), socktest.Send("late")}, ReadSize: 1, ReadEvery: 10 * time.Second})
	conn = accept(t, n, 20*time.Second)
	conn.Write([]byte("reply"))
	conn.Close()
	run(n, time.Minute)
	want(t, "end", late.End, error(syscall.ECONNRESET))
	want(t, "open", n.NumOpen(), 0)
}

// A connection that has been shut one way still carries data the other way.
func TestHalfClose(t *testing.T) {
	n := socktest.New()
	c := n.Connect(socktest.Script{KeepOpen: true, Steps: []socktest.Step{socktest.Pause(100 * ms), socktest.Send("still here"), socktest.CloseWrite()}})
	conn := accept(t, n, 0)
	conn.CloseWrite()
	if _, err := conn.Write([]byte("x")); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("writing after the shut: %v", err)
	}
	run(n, 50*ms)
	want(t, "the client's end", c.End, io.EOF)
	want(t, "before", read(conn), nothing)
	run(n, 100*ms)
	want(t, "after", read(conn), "still here")
	want(t, "end", read(conn), eof)
}

func TestVanish(t *testing.T) {
	n := socktest.New()
	n.Window = 10
	c := n.Connect(socktest.Script{Steps: []socktest.Step{socktest.Send("last"), socktest.Vanish(), socktest.Send("never")}})
	conn := accept(t, n, 0)
	want(t, "what was sent before", read(conn), "last")
	sent, _ := conn.Write([]byte(strings.Repeat("x", 20)))
	want(t, "what the window takes", sent, 10)
	run(n, time.Hour)
	sent, err := conn.Write([]byte("x"))
	want(t, "and then", sent, 0)
	want(t, "without an error", err, nil)
	want(t, "nothing comes", read(conn), nothing)
	want(t, "nor arrives", string(c.Received), "")
}

// Faults of the machine: accepting fails, reads and writes move less, the clock
// skips.
func TestFaults(t *testing.T) {
	n := socktest.New()
	n.RefuseAccepts(syscall.EMFILE, syscall.ENFILE)
	n.Connect(socktest.Script{Steps: []socktest.Step{socktest.Send("abcdef")}})
	run(n, ms)
	l := n.Listener()
	_, err := l.Accept(0)
	want(t, "first", err, error(syscall.EMFILE))
	_, err = l.Accept(0)
	want(t, "second", err, error(syscall.ENFILE))
	conn := accept(t, n, ms)

	n.Chop = func(n int) int { return (n + 1) / 2 }
	want(t, "half", read(conn), "abc")
	want(t, "half of the rest", read(conn), "de")
	sent, _ := conn.Write([]byte("0123456789"))
	want(t, "half written", sent, 5)

	n.At(time.Second, func() { n.Skip(time.Hour) })
	_, err = conn.Read(make([]byte, 1), 0)
	want(t, "the last", err, nil)
	_, err = conn.Read(make([]byte, 1), 2*time.Second)
	want(t, "a wait with a skip in it", err, os.ErrDeadlineExceeded)
	want(t, "the time", n.Now(), time.Hour+time.Second)
}

// A closed listener resets who waits and who comes.
func TestListenerCloses(t *testing.T) {
	n := socktest.New()
	waiting := n.Connect(socktest.Script{})
	late := n.Connect(socktest.Script{Connect: time.Second})
	run(n, 10*ms)
	n.Listener().Close()
	run(n, 2*time.Second)
	want(t, "waiting", waiting.End, error(syscall.ECONNRESET))
	want(t, "late", late.End, error(syscall.ECONNRESET))
	_, err := n.Listener().Accept(time.Second)
	if err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("accepting then: %v", err)
	}
}

// A connection that was accepted in time is connected, though the listener has
// been closed since; one that was not is refused.
func TestDialClosedListener(t *testing.T) {
	for _, accept := range []bool{true, false} {
		n := socktest.New()
		n.Latency = 100 * time.Millisecond
		queue := timer.NewQueue(n.Clock())
		listener, dialer := n.Listener(), n.Dialer()
		if _, err := dialer.Dial(0); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("connected at once: %v", err)
		}
		n.Run(queue, 120*time.Millisecond)
		if accept {
			if _, err := listener.Accept(0); err != nil {
				t.Error(err)
			}
		}
		listener.Close()
		n.Run(queue, 250*time.Millisecond)
		if _, err := dialer.Dial(0); (err == nil) != accept {
			t.Errorf("accepted %v: %v", accept, err)
		}
	}
}
