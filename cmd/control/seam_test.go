package control_test

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"sockhttp/cmd/control"
	"sockhttp/sock"
	"sockhttp/sock/socktest"
	"sockhttp/timer"

	"github.com/benbjohnson/clock"
)

// Waits last as long as ever by the queue's clock, of however long they are by the
// network's. They end when there is something, or when they are interrupted.
func TestWaits(t *testing.T) {
	w := newWorld(sock.Posted())
	l := w.Control.Listener(w.Network.Listener())
	took := func(name string, network, queue time.Duration, f func()) {
		t.Helper()
		began, start := w.Network.Now(), w.Control.Clock().Now()
		f()
		want(t, name+", by the network", w.Network.Now()-began, network)
		want(t, name+", by the queue's clock", w.Control.Clock().Now().Sub(start), queue)
	}
	var client sock.Conn
	accept := func(wait time.Duration) func() {
		return func() { client, _ = l.Accept(wait) }
	}
	came := ""
	read := func(wait time.Duration) func() {
		return func() {
			p := make([]byte, 10)
			n, err := client.Read(p, wait)
			came = fmt.Sprint(string(p[:n]), err)
		}
	}
	interrupt := func(after time.Duration) { w.At(w.Network.Now()+after, l.Interrupt) }

	took("a wait for nobody", 20*ms, 20*ms, accept(20*ms))
	interrupt(15 * ms)
	took("a wait that is interrupted", 15*ms, 15*ms, accept(20*ms))
	w.SetSlower(10)
	took("a slow wait for nobody", 200*ms, 20*ms, accept(20*ms))
	interrupt(150 * ms)
	took("a slow wait that is interrupted", 150*ms, 15*ms, accept(20*ms))
	took("the next one", 200*ms, 20*ms, accept(20*ms))
	took("none", 0, 0, accept(0))
	w.Connect(socktest.Script{Connect: w.Network.Now() + 130*ms, Steps: []socktest.Step{socktest.Pause(270 * ms), socktest.Send("hello")}})
	took("a slow wait for a client", 130*ms, 13*ms, accept(20*ms))
	took("a slow wait for its input", 200*ms, 20*ms, read(20*ms))
	want(t, "what came", came, os.ErrDeadlineExceeded)
	took("a look", 0, 0, read(0))
	want(t, "what came", came, os.ErrDeadlineExceeded)
	took("the rest of it", 70*ms, 7*ms, read(20*ms))
	want(t, "what came", came, "hello<nil>")
}

// A list is a listener that is asked about many connections at once. When it is ready,
// those that are asked for input answer or, if there is one, a client waits.
type list struct {
	socktest.Nobody
	ready  time.Time
	client bool
	seen   []sock.Asked
}

type named struct {
	sock.Conn
	name string
}

func (l *list) Accept(time.Duration) (sock.Conn, error) { return named{name: "a client"}, nil }

func (l *list) PollList(asked []sock.Asked, wait time.Duration) (waiting bool) {
	l.Nobody.Accept(min(wait, time.Until(l.ready)))
	ready := !time.Now().Before(l.ready)
	l.seen = slices.Clone(asked)
	for i := range asked {
		asked[i].Ready = asked[i].Input && ready && !l.client
	}
	return ready && l.client
}

// A listener that can ask about many connections can do so when it is controlled,
// about its own connections, and slowed down.
func TestListPoller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := control.New(clock.New())
		if _, ok := c.Listener(socktest.NewNobody()).(sock.ListPoller); ok {
			t.Error("one that cannot ask about many can")
		}
		inner := &list{Nobody: socktest.NewNobody()}
		controlled := c.Listener(inner)
		queue := timer.NewQueue(c.Clock())
		c.Attach(queue, sock.NewServer(queue, controlled, nil))
		poller, ok := controlled.(sock.ListPoller)
		if !ok {
			t.Fatal("one that can ask about many cannot")
		}
		client, err := controlled.Accept(0)
		if err != nil {
			t.Fatal(err)
		}
		for _, slower := range []int{1, 10} {
			c.SetSlower(slower)
			longest := time.Duration(slower) * 100 * ms
			for _, test := range []struct {
				name          string
				ready         time.Duration
				client        bool
				answer, waits bool
				took          time.Duration
			}{
				{"input", longest / 2, false, true, false, longest / 2},
				{"a client", longest - 30*ms, true, false, true, longest - 30*ms},
				{"nothing", time.Hour, false, false, false, longest},
			} {
				inner.ready, inner.client = time.Now().Add(test.ready), test.client
				asked := []sock.Asked{{Conn: client, Output: true}, {Conn: client, Input: true}}
				began := time.Now()
				want(t, test.name+": a client is waiting", poller.PollList(asked, 100*ms), test.waits)
				want(t, test.name+": the answers", []bool{asked[0].Ready, asked[1].Ready}, []bool{false, test.answer})
				want(t, test.name+": the wait", time.Since(began), test.took)
				if conn, ok := inner.seen[0].Conn.(named); !ok || conn.name != "a client" || asked[0].Conn != client {
					t.Errorf("%s: it was asked about a %T", test.name, inner.seen[0].Conn)
				}
			}
		}
	})
}
