package control_test

import (
	"testing"
	"testing/synctest"
	"time"

	"sockhttp/cmd/control"
	"sockhttp/sock"
	"sockhttp/sock/socktest"

	"github.com/benbjohnson/clock"
)

// A list is a listener without clients that is asked about many connections at once: those
// that are asked for input answer after a while.
type list struct {
	socktest.Nobody
	after time.Duration
	seen  *[]sock.Asked
}

type named struct {
	sock.Conn
	name string
}

func (l list) Accept(time.Duration) (sock.Conn, error) { return named{name: "a client"}, nil }

func (l list) PollList(asked []sock.Asked, wait time.Duration) bool {
	began := time.Now()
	l.Nobody.Accept(min(wait, l.after))
	*l.seen = append((*l.seen)[:0], asked...)
	for i := range asked {
		asked[i].Ready = asked[i].Input && time.Since(began) == l.after
	}
	return false
}

// A listener that can ask about many connections can do so when it is controlled,
// about its own connections, and slowed down.
func TestListPoller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := control.New(clock.New())
		if _, ok := c.Listener(socktest.NewNobody()).(sock.ListPoller); ok {
			t.Error("one that cannot ask about many can")
		}
		var seen []sock.Asked
		controlled := c.Listener(list{socktest.NewNobody(), 30 * ms, &seen})
		poller, ok := controlled.(sock.ListPoller)
		if !ok {
			t.Fatal("one that can ask about many cannot")
		}
		client, err := controlled.Accept(0)
		if err != nil {
			t.Fatal(err)
		}
		asked := []sock.Asked{{Conn: client, Output: true}, {Conn: client, Input: true}}
		began := time.Now()
		want(t, "a client is waiting", poller.PollList(asked, 100*ms), false)
		want(t, "the answers", []bool{asked[0].Ready, asked[1].Ready}, []bool{false, true})
		want(t, "the wait", time.Since(began), 30*ms)
		if inner, ok := seen[0].Conn.(named); !ok || inner.name != "a client" || asked[0].Conn != client {
			t.Errorf("it was asked about a %T", seen[0].Conn)
		}
		asked = asked[:1] // and nothing comes
		began = time.Now()
		poller.PollList(asked, 100*ms)
		want(t, "the wait for nothing", time.Since(began) <= 100*ms, true)
	})
}
