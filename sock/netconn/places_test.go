package netconn_test

import (
	"io"
	"net"
	"testing"
	"time"

	"sockhttp/sock/netconn"
	"sockhttp/sock/socktest"
)

// When all places are taken, the connection that has been quiet longest since its
// last reply fails, and one whose request is being answered does not.
func TestAKeptConnectionGivesUpItsPlace(t *testing.T) {
	play(t, func(w *world) {
		w.Server.Limits.MaxClients = 2
		request := socktest.Script{Steps: []socktest.Step{socktest.Send("GET")}}
		busy, _ := w.connect(request)
		idle, client := w.connect(request)
		w.want(w.read(busy, 9), "GET", w.now)
		w.want(w.read(idle, 9), "GET", w.now)
		io.WriteString(idle, "reply")
		next := w.read(idle, 9)
		w.run(w.now + time.Second)
		newcomer, _ := w.connect(request)
		w.want(next, "0 bytes, idle between requests, and its place is needed for another client", w.now-2*ms)
		w.want(w.write(idle, 1), "0 bytes, idle between requests, and its place is needed for another client", w.now)
		if string(client.Received) != "reply" || client.End != io.EOF {
			t.Errorf("its client has %q, %v", client.Received, client.End)
		}
		for _, c := range []interface{ Close() error }{busy, idle, newcomer} {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		}
	})
}

// What the user says counts, and not who has sent something last; but what the user
// has not yet dealt with may be a request.
func TestTheUserSaysWhoIsIdle(t *testing.T) {
	play(t, func(w *world) {
		w.Server.Limits.MaxClients = 2
		said, _ := w.connect(socktest.Script{Steps: []socktest.Step{socktest.Pause(100 * ms), socktest.Send("ack")}})
		working, _ := w.connect(socktest.Script{})
		said.(netconn.Conn).SetIdle(true)
		working.(netconn.Conn).SetIdle(false)
		io.WriteString(working, "a part of the reply")
		kept := w.read(working, 9)
		w.run(w.now + time.Second)

		w.Connect(socktest.Script{Connect: w.now})
		var first net.Conn
		accepted := w.begin(func() string { first, _ = w.Accept(); return "" })
		w.run(w.now + time.Second)
		if accepted.done {
			t.Error("a newcomer has the place of one whose input was not read")
		}
		w.want(w.read(said, 9), "ack", w.now)
		w.run(w.now + time.Second)
		if accepted.done {
			t.Error("a newcomer has the place of one whose user works on what it has read")
		}
		lost := w.read(said, 9)
		w.run(w.now + 20*ms)
		if !accepted.done || !lost.done || kept.done {
			t.Errorf("accepted %t; the idle one has lost its place: %t, the other: %t", accepted.done, lost.done, kept.done)
		}

		first.(netconn.Conn).SetIdle(false)
		working.(netconn.Conn).SetIdle(true)
		w.run(w.now + 20*ms)
		second, _ := w.connect(socktest.Script{})
		if !kept.done {
			t.Error("the one that is idle now keeps its place")
		}
		for _, c := range []net.Conn{said, working, first, second} {
			c.Close()
		}
	})
}
