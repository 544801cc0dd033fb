package netconn_test

import (
	"io"
	"testing"
	"time"

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

// What the user says counts, and not who has sent something last.
func TestTheUserSaysWhoIsIdle(t *testing.T) {
	play(t, func(w *world) {
		w.Server.Limits.MaxClients = 2
		acknowledges := socktest.Script{Steps: []socktest.Step{socktest.Pause(100 * ms), socktest.Send("ack")}}
		idle, _ := w.connect(acknowledges)
		busy, _ := w.connect(socktest.Script{})
		idle.(interface{ SetIdle(bool) }).SetIdle(true)
		busy.(interface{ SetIdle(bool) }).SetIdle(false)
		io.WriteString(busy, "a part of the reply")
		w.run(w.now + time.Second)
		w.want(w.read(idle, 9), "ack", w.now)
		lost, kept := w.read(idle, 9), w.read(busy, 9)
		newcomer, _ := w.connect(socktest.Script{})
		if !lost.done || kept.done {
			t.Errorf("the idle one has lost its place: %t, the busy one: %t", lost.done, kept.done)
		}
		newcomer.(interface{ SetIdle(bool) }).SetIdle(false)
		busy.(interface{ SetIdle(bool) }).SetIdle(true)
		w.run(w.now + 10*ms)
		next, _ := w.connect(socktest.Script{})
		if !kept.done {
			t.Error("the one that was busy and is idle keeps its place")
		}
		for _, c := range []io.Closer{idle, busy, newcomer, next} {
			c.Close()
		}
	})
}
