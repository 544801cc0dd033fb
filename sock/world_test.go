package sock_test

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"sockhttp/sock"
	"sockhttp/sock/socktest"
	"sockhttp/sock/trace"
)

const ms = time.Millisecond

// A world is a server on a simulated network, and what happened there.
type world struct {
	*socktest.Server
	events []trace.Event
}

// newWorld makes a server of routine. It is to be started.
func newWorld(routine sock.Routine) *world { return newWorldOf(socktest.NewServer(routine)) }

func newWorldOf(s *socktest.Server) *world {
	w := &world{Server: s}
	w.Trace = trace.All(func(e trace.Event) { w.events = append(w.events, e) })
	return w
}

// when lists the times of the events of a kind that happened to a unit, or to
// any unit if lun is 0.
func (w *world) when(kind trace.Kind, lun int) string {
	var times []string
	for _, e := range w.events {
		if e.Kind == kind && (lun == 0 || e.LUN == lun) {
			times = append(times, w.Since(e.Time).String())
		}
	}
	return strings.Join(times, " ")
}

// luns lists the units that events of a kind happened to.
func (w *world) luns(kind trace.Kind) string {
	var luns []int
	for _, e := range w.events {
		if e.Kind == kind {
			luns = append(luns, e.LUN)
		}
	}
	return strings.Trim(fmt.Sprint(luns), "[]")
}

// upper answers the first line of the input in capitals, and is done.
func upper(client *sock.Unit) {
	if line, _, ok := bytes.Cut(client.Input(), []byte("\n")); ok {
		fmt.Fprintf(client, "%s\n", bytes.ToUpper(line))
		client.Free()
	}
}
