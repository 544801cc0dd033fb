package http_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sockhttp/sock"
	"sockhttp/sock/socktest"
	"sockhttp/sock/trace"
)

// The intervals that are simulated.
var intervals = []time.Duration{
	1 * ms, 2 * ms, 5 * ms, 10 * ms, 20 * ms, 50 * ms, 100 * ms, 200 * ms, 500 * ms, 1000 * ms,
}

const (
	arrivals = 1000 // clients that come while nobody else is there
	crowd    = 101  // clients that come all at once
)

// A measurement is what clients get at one interval.
type measurement struct {
	interval    time.Duration
	mean, worst time.Duration // from a client's arrival to the end of its reply, with nobody else there
	spacing     time.Duration // from one reply to the next, while others wait
}

// TestInterval simulates servers whose callbacks have intervals of 1 ms to 1 s,
// and compares what clients get with what the intervals predict, and with the
// picture of it in testdata. With -v it prints the table, with -update it draws
// the picture again.
//
// At the posted pace ListenerCallback polls for an interval T and then rests for
// as long. A client that arrives in the poll is accepted at once, another when
// the next poll begins. Its ServerCallback comes T later and answers it. So
// a reply takes T at best, 2 T at worst, and 1.25 T in the mean. Each call
// accepts one client, so there is one reply every T.
//
// At the eager pace no callback waits while there is something to do. Computing
// takes no time in the simulation, so a reply takes none. The interval changes
// nothing for a crowd either.
func TestInterval(t *testing.T) {
	var posted, eager []measurement
	for _, interval := range intervals {
		p, e := measure(t, sock.Posted(), interval), measure(t, sock.Eager(), interval)
		posted, eager = append(posted, p), append(eager, e)

		// The first client after a poll has just missed it, by half of the
		// time between two arrivals.
		want := measurement{interval, interval + interval/4, 2*interval - interval/arrivals, interval}
		if p != want {
			t.Errorf("at the posted pace: %v, want %v", p, want)
		}
		if want := (measurement{interval, 0, 0, eager[0].spacing}); e != want {
			t.Errorf("at the eager pace: %v, want %v", e, want)
		}
	}

	table := new(strings.Builder)
	fmt.Fprint(table, "| interval, posted pace | a reply, mean | worst | clients a second |\n| --- | --- | --- | --- |\n")
	for _, m := range posted {
		fmt.Fprintf(table, "| %v | %v | %v | %d |\n", m.interval, m.mean, m.worst, time.Second/m.spacing)
	}
	t.Logf("\n%s", table)
	socktest.WantFile(t, filepath.Join("..", "testdata", "interval.svg"), drawIntervals(posted, eager))
}

// measure simulates a server at a pace with the post's times scaled to interval.
// Its routine answers at once: all that takes time is the callbacks.
func measure(t *testing.T, pace sock.Pace, interval time.Duration) measurement {
	t.Helper()
	pace.Interval, pace.ListenWait, pace.PollWait = interval, interval, interval/10
	newServer := func() *socktest.Server {
		w := socktest.NewServer(func(client *sock.Unit) {
			client.Write([]byte("hello\n"))
			client.Free()
		})
		w.Pace, w.Trace = pace, trace.Hooks{}
		w.Start()
		return w
	}

	// One client arrives in the middle of each thousandth of the listener's
	// round: a poll, and a rest as long.
	m := measurement{interval: interval}
	var sum time.Duration
	w := newServer()
	for i := range time.Duration(arrivals) {
		poll, _ := w.Queue.Next()
		arrival := w.Now() + poll.Sub(w.Queue.Now()) + (2*i+1)*interval/arrivals
		client := w.Connect(script(arrival, socktest.Send(get)))
		w.Run(arrival + 4*interval)
		w.WantIdle(t)
		sum += client.Ended - arrival
		m.worst = max(m.worst, client.Ended-arrival)
	}
	m.mean = sum / arrivals

	w = newServer()
	var clients []*socktest.Client
	for range crowd {
		clients = append(clients, w.Connect(script(0, socktest.Send(get))))
	}
	w.Run((crowd + 4) * interval)
	w.WantIdle(t)
	m.spacing = (clients[crowd-1].Ended - clients[0].Ended) / (crowd - 1)
	return m
}
