package socktest

import (
	"fmt"
	"strings"
	"time"

	"sockhttp/sock"
)

// A Timeline writes down what a server does, one line an event: the time in
// seconds since the network was made, the unit, what happened.
type Timeline struct {
	start time.Time
	lines strings.Builder
}

// Timeline returns an empty timeline; its Record is for Trace of a server.
func (n *Network) Timeline() *Timeline { return &Timeline{start: n.start} }

// Record adds a line.
func (t *Timeline) Record(e sock.Event) {
	fmt.Fprintf(&t.lines, "%9.6f  %3d  %v\n", e.Time.Sub(t.start).Seconds(), e.LUN, e)
}

// String is the timeline so far.
func (t *Timeline) String() string { return t.lines.String() }
