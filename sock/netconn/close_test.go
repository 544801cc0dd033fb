package netconn_test

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"sockhttp/sock/netconn"
	"sockhttp/sock/socktest"
)

func TestCloseWriteLeavesTheInput(t *testing.T) {
	play(t, func(w *world) {
		conn, client := w.connect(socktest.Script{KeepOpen: true, Steps: []socktest.Step{socktest.Pause(100 * ms), socktest.Send("later")}})
		io.WriteString(conn, strings.Repeat("x", 60_000))
		w.closeWrite(conn)
		w.want(w.write(conn, 1), "0 bytes, broken pipe", w.now)
		w.run(w.now + 50*ms)
		if len(client.Received) != 60_000 || client.End != io.EOF {
			t.Errorf("the client has %d bytes, %v", len(client.Received), client.End)
		}
		read := w.read(conn, 9)
		w.run(w.now + 200*ms)
		w.want(read, "later", 100*ms)
		conn.Close()
	})
}

func TestCloseSendsWhatWasWrittenAndEndsAllElse(t *testing.T) {
	play(t, func(w *world) {
		conn, client := w.connect(socktest.Script{ReadSize: 10_000, ReadEvery: 10 * ms})
		read, written := w.read(conn, 1), w.write(conn, 150_000)
		w.run(w.now + 5*ms)
		waiting := w.write(conn, 1<<20)
		start := w.now
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
		w.run(w.now + time.Second)
		w.want(written, "150000 bytes", written.at)
		w.want(read, "0 bytes, closed", start)
		if !waiting.done || !strings.HasSuffix(waiting.text, " bytes, closed") || waiting.at > start+2*ms {
			t.Errorf("%+v", waiting)
		}
		if len(client.Received) < 150_000 || client.End != io.EOF {
			t.Errorf("the client has %d bytes, %v", len(client.Received), client.End)
		}
		if err := conn.Close(); outcomeOf(0, err) != "0 bytes, closed" {
			t.Error(err)
		}
	})
}

// What was written before is still under way when the client's input ends.
func TestCloseAfterTheClientsEnd(t *testing.T) {
	play(t, func(w *world) {
		conn, client := w.connect(socktest.Script{KeepOpen: true, ReadSize: 10_000, ReadEvery: 10 * ms, Steps: []socktest.Step{
			socktest.Pause(10 * ms), socktest.CloseWrite(),
		}})
		written := w.write(conn, 100_000) // 64 KiB are on their way
		w.run(30 * ms)
		w.want(written, "100000 bytes", 0)
		io.WriteString(conn, "bye")
		conn.Close()
		w.run(5 * time.Second)
		if len(client.Received) != 100_003 || client.End != io.EOF {
			t.Errorf("the client has %d bytes, %v; want 100003, EOF", len(client.Received), client.End)
		}
	})
}

// Whoever waits in Write when the connection is closed, for writing or at all,
// learns how much was taken.
func TestCloseTellsAWriterHowMuchWasTaken(t *testing.T) {
	for name, end := range map[string]func(net.Conn) error{
		"broken pipe": func(c net.Conn) error { return c.(netconn.Conn).CloseWrite() },
		"closed":      net.Conn.Close,
	} {
		play(t, func(w *world) {
			conn, _ := w.connect(socktest.Script{ReadSize: -1})
			waiting := w.write(conn, 1<<20)
			w.run(w.now + 5*ms)
			if err := end(conn); err != nil {
				t.Error(err)
			}
			w.run(w.now + 5*ms)
			w.want(waiting, "196608 bytes, "+name, w.now-5*ms) // what the window, the unit and the connection hold
			conn.Close()
			if err := conn.(netconn.Conn).CloseWrite(); outcomeOf(0, err) != "0 bytes, closed" {
				t.Errorf("CloseWrite after Close: %v", err)
			}
			w.run(w.now + time.Minute) // SendTimeout, since the client does not read
		})
	}
}

// What a connection is called, in the log of its user and in errors.
func TestAConnectionTellsItsAddresses(t *testing.T) {
	play(t, func(w *world) {
		first, _ := w.connect(socktest.Script{})
		conn, client := w.connect(socktest.Script{})
		if lun := conn.(netconn.Conn).LUN(); lun != 102 {
			t.Errorf("LUN %d, want 102", lun)
		}
		if conn.LocalAddr() != w.Addr() {
			t.Errorf("LocalAddr %v, want %v", conn.LocalAddr(), w.Addr())
		}
		if n, err := conn.Read(nil); n != 0 || err != nil {
			t.Errorf("a read of nothing: %d, %v", n, err)
		}
		first.Close()
		conn.Close()
		_, err := conn.Read(make([]byte, 1))
		if want := fmt.Sprintf("read tcp %v->%v: use of closed network connection", w.Addr(), client.Addr()); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
		w.Listener.Close()
		_, err = w.Accept()
		if want := fmt.Sprintf("accept tcp %v: use of closed network connection", w.Addr()); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	})
}
