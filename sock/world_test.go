package sock_test

import (
	"bytes"
	"fmt"
	"log"
	"strings"
	"testing"
	"time"

	"sockhttp/sock"
	"sockhttp/sock/socktest"
	"sockhttp/timer"
)

const ms = time.Millisecond

// A world is a server on a simulated network.
type world struct {
	*socktest.Network
	queue  *timer.Queue
	server *sock.Server
	events []sock.Event
	log    bytes.Buffer
}

// newWorld makes a server of routine. It is to be started.
func newWorld(routine sock.Routine) *world {
	w := &world{Network: socktest.New()}
	w.queue = timer.NewQueue(w.Clock())
	w.server = sock.NewServer(w.queue, w.Listener(), routine)
	w.server.Log = log.New(&w.log, "", 0)
	w.server.Trace = sock.TraceAll(func(e sock.Event) { w.events = append(w.events, e) })
	return w
}

func (w *world) run(until time.Duration) { w.Run(w.queue, until) }

// client adds one that connects at a time and does steps.
func (w *world) client(connect time.Duration, steps ...socktest.Step) *socktest.Client {
	return w.Connect(socktest.Script{Connect: connect, Steps: steps})
}

// at is the time of an event since the network was made.
func (w *world) at(e sock.Event) time.Duration {
	return e.Time.Sub(w.Clock().Now().Add(-w.Now()))
}

// when lists the times of the events of a kind that happened to a unit, or to
// any unit if lun is 0.
func (w *world) when(kind sock.Kind, lun int) string {
	var times []string
	for _, e := range w.events {
		if e.Kind == kind && (lun == 0 || e.LUN == lun) {
			times = append(times, w.at(e).String())
		}
	}
	return strings.Join(times, " ")
}

// luns lists the units that events of a kind happened to.
func (w *world) luns(kind sock.Kind) string {
	var luns []int
	for _, e := range w.events {
		if e.Kind == kind {
			luns = append(luns, e.LUN)
		}
	}
	return strings.Trim(fmt.Sprint(luns), "[]")
}

func (w *world) wantIdle(t *testing.T) {
	t.Helper()
	if w.Open() != 0 || w.queue.Len() != 1 || w.server.Units() != 0 {
		t.Errorf("%d connections, %d timers and %d units are left, want the listener's timer alone", w.Open(), w.queue.Len(), w.server.Units())
	}
}

// upper answers the first line of the input in capitals, and is done.
func upper(client *sock.Unit) {
	if line, _, ok := bytes.Cut(client.Input(), []byte("\n")); ok {
		fmt.Fprintf(client, "%s\n", bytes.ToUpper(line))
		client.Free()
	}
}
