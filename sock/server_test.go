package sock_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
	"weak"

	"sockhttp/sock"
	"sockhttp/sock/socktest"
	"sockhttp/sock/trace"
)

func want[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func TestLowestFreeUnitFirst(t *testing.T) {
	w := newWorld(upper)
	w.Start()
	for i := range 4 { // 101 to 104; 102, 101 and 103 leave in this order
		leave := []time.Duration{200, 100, 250, 900}[i] * ms
		w.Client(time.Duration(i)*ms, socktest.Pause(leave), socktest.Reset())
	}
	w.Client(180 * ms) // gets 102
	w.Client(390 * ms) // gets 101, though 103 was freed after it
	w.Client(391 * ms) // gets 103
	w.Client(392 * ms) // gets 105
	w.Run(400 * ms)
	want(t, "units", w.luns(trace.Accepted), "101 102 103 104 102 101 103 105")
	want(t, "units held", w.NumUnits(), 5)
}

// A number that is given out again while a callback of its former holder is
// set must not bring the new holder that callback. In the original it does.
func TestUnitNumberUsedAgain(t *testing.T) {
	w := newWorld(upper)
	w.Pace = sock.Posted()
	w.Pace.ListenWait, w.Pace.PollWait = 0, 0 // exact multiples of 0.1 s
	w.Start()
	first := w.Client(0, socktest.Send("a\n"))
	second := w.Client(200*ms, socktest.Pause(250*ms), socktest.Send("b\n"))
	w.Run(time.Second)

	// Unit 101 is freed at 0.2, when its callback sets itself for 0.3 one
	// last time. At 0.2 the number is given out again: its new holder has
	// its own callbacks, the first of them at 0.3, too.
	want(t, "accepted", w.when(trace.Accepted, 101), "100ms 200ms")
	want(t, "callbacks", w.when(trace.TimerFired, 101), "200ms 300ms 300ms 300ms 400ms 500ms 600ms 600ms")
	want(t, "polls", w.when(trace.PollBegun, 101), "200ms 300ms 400ms 500ms")
	want(t, "first", string(first.Received), "A\n")
	want(t, "second", string(second.Received), "B\n")
	w.WantIdle(t)
}

// At the posted pace the listener takes one client a call, at the eager pace
// a batch, and the rest at once after it.
func TestBatch(t *testing.T) {
	for _, test := range []struct {
		pace sock.Pace
		want string
	}{
		{sock.Posted(), "100ms 210ms 330ms"}, // each client's poll comes before the listener's
		{sock.Pace{Interval: 100 * ms, ListenWait: 100 * ms, PollWait: 10 * ms, Batch: 2, Eager: true}, "0s 0s 100µs"},
	} {
		w := newWorld(func(client *sock.Unit) { client.Free() })
		w.Pace = test.pace
		w.Start()
		for range 3 {
			w.Client(0)
		}
		w.Run(350 * ms)
		want(t, "accepted", w.when(trace.Accepted, 0), test.want)
	}
}

// A client that has gone quiet is looked at again at once for 2 ms, then after
// 1 ms, 2 ms and so on up to the interval. It is what the eager pace is made
// of, so its times are spelled out; a step takes 0.5 ms here.
func TestEagerPace(t *testing.T) {
	w := newWorld(func(*sock.Unit) {})
	w.StepTime = 500 * time.Microsecond
	w.Start()
	w.Client(10 * ms)
	w.Run(500 * ms)
	want(t, "polls", w.when(trace.PollBegun, 101),
		"10ms 10.5ms 11ms 11.5ms 12ms 13ms 15ms 19ms 27ms 43ms 75ms 139ms 210ms 310ms 410ms")
	// No wait was longer than the pace allows, nor into another callback.
	for i, e := range w.events {
		if e.Kind == trace.PollBegun && e.Wait > 100*ms {
			t.Errorf("event %d: %v", i, e)
		}
	}
}

// A panic in the routine costs the one client, whose file is closed, too, and
// is logged with its stack.
func TestPanic(t *testing.T) {
	file, err := os.Open("server_test.go")
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(func(client *sock.Unit) {
		if string(client.Input()) == "bad\n" {
			client.Write([]byte("so far"))
			client.SendFile(file, 0, 10)
			panic("bad input")
		}
		upper(client)
	})
	w.Start()
	bad := w.Client(0, socktest.Send("bad\n"))
	good := w.Client(0, socktest.Send("good\n"))
	w.Run(time.Second)
	want(t, "bad", string(bad.Received), "")
	want(t, "bad", bad.End, io.EOF)
	want(t, "good", string(good.Received), "GOOD\n")
	for _, part := range []string{"the routine panicked on unit 101", "bad input", "sock_test.TestPanic"} {
		if !strings.Contains(w.Logged.String(), part) {
			t.Errorf("the log does not have %q: %s", part, &w.Logged)
		}
	}
	if _, err := file.Read(make([]byte, 1)); !errors.Is(err, os.ErrClosed) {
		t.Errorf("the file is open: %v", err)
	}
	w.WantIdle(t)
}

// What is queued is sent in its order: small files and words in any, and
// nothing after a large file.
func TestOrderOfOutput(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, []byte(strings.Repeat("0123456789", 10_000)), 0o666); err != nil {
		t.Fatal(err)
	}
	send := func(client *sock.Unit, n int64) {
		file, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		client.SendFile(file, 0, n)
	}
	w := newWorld(func(client *sock.Unit) {
		io.WriteString(client, "a ")
		send(client, 5)
		io.WriteString(client, " b ")
		send(client, 3)
		io.WriteString(client, " c ")
		send(client, 100_000)
		if string(client.Input()) == "more" {
			io.WriteString(client, "d")
		}
		client.Free()
	})
	w.Start()
	c := w.Client(0, socktest.Send("a"))
	tooMuch := w.Client(0, socktest.Send("more"))
	w.Run(time.Second)
	want(t, "received", string(c.Received), "a 01234 b 012 c "+strings.Repeat("0123456789", 10_000))
	want(t, "end", c.End, io.EOF)
	want(t, "received by the other", string(tooMuch.Received), "")
	if !strings.Contains(w.Logged.String(), "output after SendFile") {
		t.Errorf("the log is %q", &w.Logged)
	}
	w.WantIdle(t)
}

// Room that is reserved is there when the input comes; and input that was
// discarded takes no memory, whatever came after it.
func TestMemoryOfInput(t *testing.T) {
	const size = 1 << 20
	var first *byte
	w := newWorld(func(client *sock.Unit) {
		switch input := client.Input(); {
		case first == nil:
			client.Reserve(size)
			first = &client.Input()[0]
			if n := cap(client.Input()); n < size || n > size+size/8 {
				t.Errorf("%d bytes of room, want %d", n, size)
			}
		case len(input) == size:
			if &input[0] != first || client.Input()[size-1] != '!' {
				t.Error("the input has moved")
			}
			client.Discard(size - 1)
			if input := client.Input(); string(input) != "!" || cap(input) > 100 {
				t.Errorf("left are %q, in %d bytes", input, cap(input))
			}
		case len(input) == 1:
			client.Free()
		}
	})
	w.Start()
	c := w.Client(0, socktest.Send("a"), socktest.Pause(10*ms), socktest.Send(strings.Repeat("a", size-2)+"!"))
	w.Run(time.Second)
	want(t, "end", c.End, io.EOF)
	w.WantIdle(t)
}

// Bytes that are sent to many clients are not copied, come after what was
// written, and are followed by others of that kind alone.
func TestSharedBytes(t *testing.T) {
	page := bytes.Repeat([]byte("0123456789"), 100_000)
	w := newWorld(func(client *sock.Unit) {
		io.WriteString(client, "a ")
		client.SendBytes([]byte("few "))
		client.SendBytes(page)
		page[len(page)-1] = '!' // as nobody should: it shows that there is no copy
		switch string(client.Input()) {
		case "twice":
			client.SendBytes(page)
			client.SendBytes([]byte("the end"))
		case "more":
			client.Write(page)
		}
		client.Free()
		client.SendBytes(page)
	})
	w.Start()
	first, second := w.Client(0, socktest.Send("a")), w.Client(0, socktest.Send("a"))
	twice := w.Client(0, socktest.Send("twice"))
	tooMuch := w.Client(0, socktest.Send("more"))
	w.Run(time.Second)
	for _, c := range []*socktest.Client{first, second} {
		if string(c.Received) != "a few "+string(page) || c.End != io.EOF {
			t.Errorf("received %d bytes, %.20q, and then %v", len(c.Received), c.Received, c.End)
		}
	}
	if string(twice.Received) != "a few "+string(page)+string(page)+"the end" || twice.End != io.EOF {
		t.Errorf("received %d bytes and then %v by the one that gets the page twice", len(twice.Received), twice.End)
	}
	want(t, "bytes received by the one with more", len(tooMuch.Received), 0)
	w.WantIdle(t)
}

// Of a client that is gone nothing is kept, whatever became of it.
func TestNothingIsKept(t *testing.T) {
	var units []weak.Pointer[sock.Unit]
	w := newWorld(func(client *sock.Unit) {
		units = append(units, weak.Make(client))
		switch string(client.Input()) {
		case "panic":
			panic("on demand")
		case "reply\n":
			upper(client)
		}
	})
	w.Trace = trace.Hooks{} // whose events name clients
	w.Start()
	w.Client(0, socktest.Send("reply\n"))
	w.Client(0, socktest.Send("panic"))
	w.Client(0, socktest.Send("leave"), socktest.Pause(50*ms), socktest.Reset())
	w.Client(0, socktest.Send("silent"))
	w.Client(0, socktest.Send("reply\n"), socktest.Vanish())
	w.Run(time.Minute)
	w.WantIdle(t)
	runtime.GC()
	if len(units) < 5 {
		t.Errorf("the routine was called %d times", len(units))
	}
	for i, unit := range units {
		if client := unit.Value(); client != nil {
			t.Errorf("the unit of call %d, LUN %d, is kept", i, client.LUN())
		}
	}
	runtime.KeepAlive(w)
}

// At the eager pace, what is posted ends the poll that the loop rests in. At
// the posted pace every poll waits out its time, and what is posted waits too.
func TestPostEndsThePollOfTheListener(t *testing.T) {
	for _, test := range []struct {
		pace sock.Pace
		want time.Duration
	}{{sock.Eager(), 330 * ms}, {sock.Posted(), 400 * ms}} {
		w := newWorld(upper)
		w.Pace = test.pace
		w.Start()
		var at time.Duration
		w.At(330*ms, func() { w.Queue.Post(func() { at = w.Now() }) })
		w.Run(time.Second)
		want(t, "what was posted at 330ms is called at", at, test.want)
		for _, e := range w.events {
			if after := w.Since(e.Time) - at; e.Kind == trace.PollBegun && after >= 0 && e.Wait != 100*ms {
				t.Errorf("%v after it, %v", after, e)
			}
		}
	}
}
