package netconn_test

import (
	"io"
	"strings"
	"syscall"
	"testing"
	"time"

	"sockhttp/sock/socktest"
	"sockhttp/sock/trace"
)

func TestAServerMaySpeakFirst(t *testing.T) {
	play(t, func(w *world) {
		conn, client := w.connect(socktest.Script{})
		io.WriteString(conn, "220 ready\r\n")
		w.run(w.now + 2*ms)
		if string(client.Received) != "220 ready\r\n" {
			t.Errorf("the client has %q", client.Received)
		}
		conn.Close()
	})
}

func TestWhatIsWrittenToAQuietClientIsSentAtOnce(t *testing.T) {
	play(t, func(w *world) {
		conn, client := w.connect(socktest.Script{})
		w.run(10*time.Second + 50*ms) // its unit is polled every 0.1 s
		written := w.now
		io.WriteString(conn, "event")
		w.run(w.now + 200*ms)
		if late := client.FirstByte - written; late > ms {
			t.Errorf("it arrives %v after it was written", late)
		}
		conn.Close()
	})
}

func TestInputComesInOrderAndEndsWithEOF(t *testing.T) {
	play(t, func(w *world) {
		conn, client := w.connect(socktest.Script{Steps: []socktest.Step{
			socktest.Send("one"), socktest.Pause(50 * ms), socktest.Send("two"), socktest.Pause(50 * ms), socktest.CloseWrite(),
		}})
		start := w.now - 2*ms
		w.want(w.read(conn, 2), "on", w.now)
		w.want(w.read(conn, 9), "e", w.now)
		two := w.read(conn, 9)
		w.run(start + 75*ms)
		w.want(two, "two", start+50*ms)
		end := w.read(conn, 9)
		w.run(start + 250*ms)
		w.want(end, "0 bytes, EOF", start+100*ms)
		w.want(w.read(conn, 9), "0 bytes, EOF", w.now)

		io.WriteString(conn, "still here") // the client has shut its side, not ours
		w.run(w.now + time.Minute)
		if string(client.Received) != "still here" || client.End != nil {
			t.Errorf("the client has %q, %v", client.Received, client.End)
		}
		conn.Close()
		w.run(w.now + 10*ms)
		if client.End != io.EOF {
			t.Errorf("the client's end is %v", client.End)
		}
	})
}

func TestAReaderThatDoesNotReadStopsItsClient(t *testing.T) {
	play(t, func(w *world) {
		sent, polled := strings.Repeat("0123456789", 100_000), int64(0)
		w.Server.Trace[trace.PollEnded] = func(e trace.Event) { polled += e.Bytes }
		conn, _ := w.connect(socktest.Script{Steps: []socktest.Step{socktest.Send(sent), socktest.CloseWrite()}})
		w.run(time.Hour)
		if polled < 64<<10 || polled > 128<<10 {
			t.Errorf("%d bytes were taken, want between 64 KiB and twice that", polled)
		}
		var got []byte
		all := w.begin(func() (text string) {
			var err error
			got, err = io.ReadAll(conn)
			return outcomeOf(len(got), err)
		})
		w.run(w.now + time.Second)
		w.want(all, "1000000 bytes", all.at)
		if string(got) != sent {
			t.Error("they are not those that were sent")
		}
		conn.Close()
	})
}

func TestAWriterWaitsForItsClient(t *testing.T) {
	play(t, func(w *world) {
		w.Server.Limits.SendTimeout = time.Hour
		conn, client := w.connect(socktest.Script{ReadSize: 100_000, ReadEvery: 10 * time.Second})
		start := w.now
		// The window, what the unit has and what waits for it hold 64 KiB each.
		held := w.write(conn, 3*64<<10)
		w.run(start + ms)
		w.want(held, "196608 bytes", start)
		more := w.write(conn, 1)
		other := w.begin(func() string { return outcomeOf(conn.Write(make([]byte, 2))) }) // waits for the first
		w.run(start + 5*time.Second)
		if more.done || other.done {
			t.Errorf("written at %v, %v though there is no room", more.at, other.at)
		}
		w.run(start + time.Minute)
		if !more.done || !other.done || other.at < more.at || len(client.Received) != 3*64<<10+3 {
			t.Errorf("%+v and %+v, the client has %d bytes", more, other, len(client.Received))
		}
		conn.Close()
	})
}

func TestDeadlinesPassByTheQueuesClock(t *testing.T) {
	play(t, func(w *world) {
		conn, _ := w.connect(socktest.Script{ReadSize: -1})
		now := func() time.Time { return w.Clock().Now() }

		conn.SetDeadline(now().Add(100 * ms))
		start := w.now
		read, write := w.read(conn, 1), w.write(conn, 1<<20)
		w.run(start + 200*ms)
		w.want(read, "0 bytes, timeout", start+100*ms)
		w.want(write, "196608 bytes, timeout", start+100*ms)
		w.want(w.read(conn, 1), "0 bytes, timeout", w.now)
		w.want(w.write(conn, 1), "0 bytes, timeout", w.now)

		start = w.now // of writes alone
		conn.SetReadDeadline(time.Time{})
		conn.SetWriteDeadline(now().Add(50 * ms))
		read, write = w.read(conn, 1), w.write(conn, 1)
		w.run(start + 100*ms)
		w.want(write, "0 bytes, timeout", start+50*ms)
		if read.done {
			t.Errorf("%+v with a deadline of writes alone", read)
		}
		conn.SetReadDeadline(time.Unix(1, 0))
		w.run(w.now + ms)

		start = w.now // one that is moved, and then removed
		conn.SetReadDeadline(now().Add(100 * ms))
		read = w.read(conn, 1)
		w.run(start + 50*ms)
		conn.SetReadDeadline(now().Add(100 * ms))
		w.run(start + 140*ms)
		conn.SetReadDeadline(time.Time{})
		w.run(start + time.Second)
		if read.done {
			t.Errorf("%+v without a deadline", read)
		}
		conn.SetReadDeadline(time.Unix(1, 0)) // as net/http ends a read
		w.run(w.now + ms)
		w.want(read, "0 bytes, timeout", start+time.Second)

		conn.SetDeadline(now().Add(time.Hour)) // cancelled by Close
		w.run(w.now + ms)
		conn.Close()
		if err := conn.SetDeadline(time.Time{}); outcomeOf(0, err) != "0 bytes, closed" {
			t.Error(err)
		}
		w.run(w.now + time.Minute) // SendTimeout, since the client does not read
	})
}

func TestAResetIsReported(t *testing.T) {
	play(t, func(w *world) {
		conn, _ := w.connect(socktest.Script{Steps: []socktest.Step{socktest.Pause(50 * ms), socktest.Reset()}})
		read := w.read(conn, 1)
		w.run(200 * ms)
		w.want(read, "0 bytes, reset", 50*ms)
		w.want(w.write(conn, 1), "0 bytes, reset", w.now)
		if w.Server.NumUnits() != 0 {
			t.Error("the unit is kept")
		}
		conn.Close()
	})
}

func TestAClientThatGoesWhileItIsWrittenToEndsTheWriter(t *testing.T) {
	play(t, func(w *world) {
		conn, _ := w.connect(socktest.Script{ReadSize: -1, Steps: []socktest.Step{socktest.Pause(50 * ms), socktest.Reset()}})
		write := w.write(conn, 1<<20)
		w.run(200 * ms)
		if !write.done || !strings.HasSuffix(write.text, "broken pipe") && !strings.HasSuffix(write.text, "reset") {
			t.Errorf("%+v", write)
		}
		conn.Close()
	})
}

func TestNoInputIsNoReasonToDropAClient(t *testing.T) {
	play(t, func(w *world) {
		conn, _ := w.connect(socktest.Script{Steps: []socktest.Step{socktest.Pause(time.Hour), socktest.Send("late")}})
		read := w.read(conn, 9)
		w.run(time.Hour + 200*ms)
		if read.text != "late" {
			t.Errorf("%+v", read)
		}
		conn.Close()
	})
}

func TestAClientThatTakesNothingIsDropped(t *testing.T) {
	play(t, func(w *world) {
		conn, _ := w.connect(socktest.Script{ReadSize: -1})
		calls, wait := 0, w.Server.Trace[trace.Dispatched]
		w.Server.Trace[trace.Dispatched] = func(e trace.Event) { calls++; wait(e) }
		write := w.write(conn, 1<<20)
		w.run(time.Minute)
		if calls > 2 {
			t.Errorf("it takes nothing, and the routine is called for it %d times", calls)
		}
		if !write.done || write.text != "196608 bytes, nothing sent for 30s: i/o timeout" || write.at < 29*time.Second || write.at > 31*time.Second {
			t.Errorf("%+v", write)
		}
		conn.Close()
	})
}

// Each Write is sent whole before another.
func TestWritesAreNotMixed(t *testing.T) {
	play(t, func(w *world) {
		conn, client := w.connect(socktest.Script{ReadSize: 50_000, ReadEvery: 10 * ms})
		texts := []string{strings.Repeat("a", 300_000), strings.Repeat("b", 300_000), strings.Repeat("c", 300_000)}
		for _, text := range texts {
			w.begin(func() string { return outcomeOf(io.WriteString(conn, text)) })
		}
		w.run(w.now + time.Minute)
		for _, text := range texts {
			if !strings.Contains(string(client.Received), text) {
				t.Errorf("what begins with %q is mixed with others", text[:1])
			}
		}
		conn.Close()
	})
}

func TestAListenerThatIsClosedLeavesItsConnections(t *testing.T) {
	play(t, func(w *world) {
		conn, _ := w.connect(socktest.Script{Steps: []socktest.Step{socktest.Pause(100 * ms), socktest.Send("hello")}})
		accept := w.begin(func() string {
			_, err := w.Accept()
			return outcomeOf(0, err)
		})
		w.run(w.now + 10*ms)
		if accept.done {
			t.Errorf("%+v", accept)
		}
		w.Listener.Close()
		late := w.Connect(socktest.Script{Connect: w.now + 5*ms})
		closed, read := w.now, w.read(conn, 9)
		w.run(300 * ms)
		w.want(accept, "0 bytes, closed", closed)
		w.want(read, "hello", 100*ms)
		if late.End != syscall.ECONNRESET {
			t.Errorf("a later client's end is %v", late.End)
		}
		if err := w.Listener.Close(); outcomeOf(0, err) != "0 bytes, closed" {
			t.Error(err)
		}
		conn.Close()
	})
}

func TestAConnectionThatNobodyAcceptedIsClosedWithTheListener(t *testing.T) {
	play(t, func(w *world) {
		conn, _ := w.connect(socktest.Script{})
		other := w.Connect(socktest.Script{Connect: w.now})
		w.run(w.now + 10*ms)
		if w.Server.NumUnits() != 2 {
			t.Fatal("the other has no unit")
		}
		w.Listener.Close()
		w.run(w.now + 10*ms)
		if other.End != io.EOF {
			t.Errorf("its end is %v", other.End)
		}
		conn.Close()
	})
}

func TestShutdownEndsTheConnections(t *testing.T) {
	play(t, func(w *world) {
		conn, client := w.connect(socktest.Script{})
		io.WriteString(conn, "event")
		read := w.read(conn, 1)
		w.run(w.now + ms)
		done := false
		w.Server.Shutdown(time.Second, func() { done = true })
		w.run(w.now + 10*ms)
		w.want(read, "0 bytes, closed", w.now-10*ms)
		w.want(w.write(conn, 1), "0 bytes, closed", w.now)
		if !done || client.End != io.EOF {
			t.Errorf("done %t, and the client's end is %v", done, client.End)
		}
		conn.Close()
	})
}
