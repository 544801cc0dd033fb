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
	s.closing = true
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
	for client := range s.units.all() {
		if client.state == receiving && client.output.sent == 0 {
			client.drop(errors.New("the server is shutting down"))
		} else {
			client.Free()
		}
	}
	if s.connections == 0 {
		s.finish()
		return
	}
	s.queue.Set(grace, func(timer.ID) {
		for client := range s.units.all() {
			client.drop(errors.New("the server has shut down"))
		}
		for s.lingering.first != nil {
			s.close(s.lingering.first, nil)
		}
	})
}

// finish calls done, if that was not done yet.
func (s *Server) finish() {
	if done := s.done; done != nil {
		s.done = nil
		done()
	}
}
