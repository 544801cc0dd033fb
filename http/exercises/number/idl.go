package number

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"sockhttp/sock"
	"sockhttp/timer"
)

// A Server is the post's server as IDL has it: its callback is given the number of
// a client's unit, and nothing else. Leave it as it is until you have found the
// clients.
type Server struct {
	Queue    *timer.Queue
	Listener sock.Listener
	Timeline strings.Builder // what happens: seconds, unit, what

	start time.Time
	units [129]sock.Conn // by number, from 101
}

// Start sets the first ListenerCallback.
func (s *Server) Start() {
	s.start = s.Queue.Now()
	s.Queue.Set(100*time.Millisecond, s.ListenerCallback)
}

// ListenerCallback accepts a client and gives it the lowest free number.
func (s *Server) ListenerCallback(timer.ID) {
	if conn, err := s.Listener.Accept(100 * time.Millisecond); err == nil {
		lun := 101
		for s.units[lun] != nil {
			lun++
		}
		s.units[lun] = conn
		s.record(lun, "accepted %v", conn.RemoteAddr())
		s.setServerCallback(lun)
	}
	s.Queue.Set(100*time.Millisecond, s.ListenerCallback)
}

func (s *Server) setServerCallback(lun int) {
	s.Queue.Set(100*time.Millisecond, func(timer.ID) { s.ServerCallback(lun) })
}

// ServerCallback answers whatever the client sends, and frees its unit. It ends
// when it finds that nobody has the unit.
func (s *Server) ServerCallback(lun int) {
	conn := s.units[lun]
	if conn == nil {
		s.record(lun, "ServerCallback ends: the unit is free")
		return
	}
	s.record(lun, "ServerCallback polls")
	_, err := conn.Read(make([]byte, 1000), 10*time.Millisecond)
	switch {
	case err == nil:
		conn.Write([]byte("hello\n"))
		s.free(lun, "answered and freed")
	case !errors.Is(err, os.ErrDeadlineExceeded):
		s.free(lun, "freed, as its client has gone")
	}
	s.setServerCallback(lun)
}

func (s *Server) free(lun int, what string) {
	s.units[lun].Close()
	s.units[lun] = nil
	s.record(lun, "%s", what)
}

func (s *Server) record(lun int, what string, args ...any) {
	fmt.Fprintf(&s.Timeline, "%9.6f  %d  %s\n", s.Queue.Now().Sub(s.start).Seconds(), lun, fmt.Sprintf(what, args...))
}
