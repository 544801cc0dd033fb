package sock

import (
	"errors"
	"time"

	"sockhttp/timer"
)

// StopListening closes the listener. The clients that were accepted are served
// on; those that were not get a reset.
func (s *Server) StopListening() {
	if s.closing {
		return
	}
	s.closing, s.awake.poller = true, nil
	s.callAwake()
	s.listener.Close()
	if s.newcomer != nil {
		s.newcomer.Close()
		s.newcomer = nil
	}
}

// Shutdown closes the listener, drops the clients that have no reply yet, and
// frees the others: each gets the reply that is being sent, and no other. It calls
// done once, when their connections are closed or grace is over.
func (s *Server) Shutdown(grace time.Duration, done func()) {
	if s.shutting {
		return
	}
	s.shutting, s.done = true, done
	s.StopListening()
	for client := range s.units.All() {
		if client.state == receiving && client.output.Sent() == 0 {
			client.drop(errors.New("the server is shutting down"))
		} else {
			client.Free()
		}
	}
	if s.finish(); s.connections == 0 {
		return
	}
	s.queue.Set(grace, func(timer.ID) {
		for client := range s.units.All() {
			client.drop(errors.New("the server has shut down"))
		}
		for s.lingering.Len() > 0 {
			s.close(s.lingering.First(), nil)
		}
	})
}

// finish completes a shutdown, when the last connection is closed.
func (s *Server) finish() {
	if done := s.done; done != nil && s.connections == 0 {
		s.done = nil
		done()
	}
}
