package sock

import (
	"errors"
	"os"
	"syscall"
	"time"

	"sockhttp/sock/internal/backoff"
	"sockhttp/sock/trace"
	"sockhttp/timer"
)

// A Server polls a listener and its clients.
type Server struct {
	Poller

	// SpeakFirst has the routine called once for each client without input,
	// so that it can write something before the client does. Set it before
	// Start.
	SpeakFirst bool

	listener         Listener
	interrupt        func() // the listener's; made once
	listenerCallback timer.Func
	listPoller       ListPoller      // the listener, if it is one
	backoff          backoff.Backoff // of the listener
	newcomer         Conn            // accepted, and waiting for a place
	full             bool            // there is no place, or the listener is closed, so ListenerCallback is not set
	failing          bool            // the last accept failed
	closing          bool            // the listener is closed
	shutting         bool            // Shutdown was called
	done             func()          // called when Shutdown is complete; nil after that
}

// NewServer returns a server of routine to the clients of listener, at the
// eager pace. It does nothing before Start.
func NewServer(queue *timer.Queue, listener Listener, routine Routine) *Server {
	s := &Server{Poller: newPoller(queue, routine, listenerLUN+1), listener: listener, interrupt: listener.Interrupt}
	s.onPlace, s.onClose = s.placeFree, func(error) { s.finish() }
	s.listPoller, _ = listener.(ListPoller)
	return s
}

// Start sets the first ListenerCallback: one interval from now at the posted
// pace, at once at the eager one. From then on the queue does the work.
func (s *Server) Start() {
	s.backoff.Active(s.readClock())
	s.listenerCallback = func(id timer.ID) { s.call("ListenerCallback", nil, func() { s.ListenerCallback(id) }) }
	s.setListenerCallback(s.Pace.Interval)
}

// accept gives a unit to a client that is there within wait. It returns nil if
// none is, if there is no place for one, or if the server is closing.
func (s *Server) accept(wait time.Duration) *Unit {
	if s.closing || s.isFull() {
		return nil
	}
	if s.newcomer == nil {
		s.newcomer = s.pollAccept(wait)
	}
	if s.newcomer != nil && s.units.Held() >= s.Limits.MaxClients && !s.makePlace() {
		return nil // every client that could give up its place has just sent something
	}
	conn := s.newcomer
	if s.newcomer = nil; conn == nil { // or whoever lost its place has stopped the server
		return nil
	}
	client := s.admit(conn)
	client.input.ready = s.SpeakFirst
	s.backoff.Active(client.accepted)
	s.trace(client, trace.Event{Kind: trace.Accepted})
	return client
}

// pollAccept is FILE_POLL_INPUT on the listener, and takes the client that it
// finds; nil if there is none within wait.
func (s *Server) pollAccept(wait time.Duration) Conn {
	all := wait > 0 && s.awake.poller != nil
	if all {
		wait = s.listAwake(wait)
	}
	var conn Conn
	_, err := s.poll(nil, wait, s.interrupt, func(wait time.Duration) (n int, err error) {
		conn, err = s.acceptOrWait(wait, all)
		return 0, err
	})
	s.callAwake()
	switch {
	case s.closing: // Shutdown was called from the trace
		if conn != nil {
			conn.Close()
		}
	case err == nil:
		s.failing = false
		return conn
	case errors.Is(err, os.ErrDeadlineExceeded):
		s.failing = false
	default:
		if !s.failing {
			s.trace(nil, trace.Event{Kind: trace.AcceptFailed, Err: err})
			s.Log.Printf("sock: cannot accept clients, trying again every %v: %v", s.Pace.Interval, err)
		}
		s.failing = true
		if errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) {
			s.makePlace() // for a client to come: one that is idle holds a descriptor
		}
	}
	return nil
}

// acceptMore accepts clients that wait behind the first, up to Batch in all.
func (s *Server) acceptMore() {
	for range s.Pace.Batch - 1 {
		client := s.accept(0)
		if client == nil {
			return
		}
		s.setServerCallback(client, s.Pace.Interval)
	}
}

// setListenerCallback has ListenerCallback called after interval or, at the
// eager pace, at once, since its poll is where the loop rests.
func (s *Server) setListenerCallback(interval time.Duration) {
	now, delay := s.readClock(), interval
	s.awake.poller, s.full = nil, s.closing || s.isFull() // full until there is a place
	switch {
	case s.full || s.failing:
	case s.Pace.Eager && s.Pace.ListenWait > 0:
		delay, s.awake.poller = 0, s.listPoller
	default:
		delay = s.Pace.delay(interval, &s.backoff, now)
	}
	if s.awake.poller == nil {
		s.callAwake()
	}
	if !s.full {
		s.set(nil, "ListenerCallback", delay, s.listenerCallback)
	}
}

// placeFree is called when a place is free, or may be given up.
func (s *Server) placeFree() {
	if s.full {
		s.full = false
		s.setListenerCallback(s.Pace.Interval)
	}
}
