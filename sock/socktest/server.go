package socktest

import (
	"bytes"
	"fmt"
	"log"
	"testing"
	"time"

	"sockhttp/sock"
	"sockhttp/sock/trace"
	"sockhttp/timer"
)

// A Server is a sock.Server on a simulated network of its own, as
// httptest.Server is an http.Server on a port of its own.
type Server struct {
	*Network
	*sock.Server

	Queue    *timer.Queue
	Timeline *Timeline    // what the server's trace tells, unless Trace is set anew
	Logged   bytes.Buffer // what the server's log says
}

// NewServer returns a server of routine at the eager pace, which is set up in
// its fields and then started with Start. Its clients are those of Connect, and
// Run plays them all.
func NewServer(routine sock.Routine) *Server {
	n := New()
	return newServer(n, n.Listener(), routine)
}

// NewListServer is NewServer, but its listener can ask about many connections in
// one poll: it is a sock.ListPoller.
func NewListServer(routine sock.Routine) *Server {
	n := New()
	return newServer(n, listPoller{listener{n}}, routine)
}

func newServer(n *Network, l sock.Listener, routine sock.Routine) *Server {
	s := &Server{Network: n, Queue: timer.NewQueue(n.Clock()), Timeline: n.NewTimeline()}
	s.Server = sock.NewServer(s.Queue, l, routine)
	s.Server.Log = log.New(&s.Logged, "", 0)
	s.Server.Trace = trace.All(s.Timeline.Record)
	return s
}

// Run plays the server and its clients until a time of the network.
func (s *Server) Run(until time.Duration) { s.Network.Run(s.Queue, until) }

// Client adds a client that connects at a time of the network and takes steps.
func (s *Server) Client(connect time.Duration, steps ...Step) *Client {
	return s.Connect(Script{Connect: connect, Steps: steps})
}

// Since is a time by the server's clock as a time of the network.
func (n *Network) Since(t time.Time) time.Duration { return t.Sub(n.start) }

// Leaks says what is left of clients that should be gone: a connection, a unit,
// or a timer other than the listener's. It is nil if nothing is.
func (s *Server) Leaks() error {
	connections, units, timers := s.NumOpen(), s.NumUnits(), s.Queue.Len()
	if connections == 0 && units == 0 && timers == 1 {
		return nil
	}
	return fmt.Errorf("%d connections, %d units and %d timers are left; want the listener's timer alone", connections, units, timers)
}

// WantIdle fails the test if anything is left of any client.
func (s *Server) WantIdle(t testing.TB) {
	t.Helper()
	if err := s.Leaks(); err != nil {
		t.Error(err)
	}
}
