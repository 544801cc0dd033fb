package sock

import (
	"errors"
	"time"

	"sockhttp/timer"
)

// Shutdown closes the listener and drops the clients that have no reply yet. It
// calls done once, when the others have theirs or grace is over.
func (s *Server) Shutdown(grace time.Duration, done func()) {
	if s.closing {
		return
	}
	s.closing, s.done = true, done
	s.listener.Close()
	if s.newcomer != nil {
		s.newcomer.Close()
	}
	for client := range s.units.all() {
		if client.state == receiving {
			client.drop(errors.New("the server is shutting down"))
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
		s.finish()
	})
}

// finish calls done, if that was not done yet.
func (s *Server) finish() {
	if done := s.done; done != nil {
		s.done = nil
		done()
	}
}
