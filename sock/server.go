// Package sock is the post's SockServer: a listener and its clients, polled
// from timer callbacks, one goroutine for all of them.
//
// [Server.ListenerCallback] asks the listener for a client and
// [Server.ServerCallback] asks a client for input; each sets itself again. What
// is done with the input is the routine's business; package http has one,
// SockHTTP.
package sock

import (
	"errors"
	"fmt"
	"log"
	"os"
	"runtime/debug"
	"time"

	"sockhttp/timer"
)

// A Routine does something with what a client has sent. ServerCallback calls
// it, on the goroutine of the queue, each time that its poll found something:
// a request that comes in three pieces calls it three times. It must not wait.
type Routine func(client *Unit)

// Limits bound what a client can hold and for how long. Times are by the
// queue's clock, and are kept to within one Interval of the pace.
type Limits struct {
	Clients     int           // connections at once, lingering ones included; more wait in the kernel's backlog
	Input       time.Duration // from accepting a client to having all of its input
	Progress    time.Duration // without a byte sent, while sending
	LingerQuiet time.Duration // without input, while lingering
	Linger      time.Duration // lingering in all
}

// DefaultLimits are 1024 clients, 10 s for the input, 30 s without progress,
// and lingering for 2 s without input or 10 s in all.
func DefaultLimits() Limits {
	return Limits{1024, 10 * time.Second, 30 * time.Second, 2 * time.Second, 10 * time.Second}
}

// PostedClients is how many clients IDL's units from 101 to 128 hold.
const PostedClients = 128 - listenerLUN

const (
	listenerLUN = 100
	pumpLimit   = 1 << 20 // bytes sent or dropped in one callback
	bufferSize  = 64 << 10
	firstPiece  = 16 << 10 // of a file, that is sent with the head

	spareBuffers = 16 // kept for clients to come
)

// A Server polls a listener and its clients. Fields are set before Start and
// left alone from then on. Methods belong to the goroutine of the queue.
type Server struct {
	Pace   Pace
	Limits Limits
	Log    *log.Logger // of panics and failing accepts; nil: the standard logger
	Trace  Trace       // called with what happens

	queue    *timer.Queue
	listener Listener
	routine  Routine

	listenerCallback func(timer.ID) // made once
	buffer           []byte         // for every read: a client that says nothing holds none
	spare            [][]byte       // for what is written

	firstLUN    int     // 101
	units       []*Unit // the holders of units 101, 102, …
	lowest      int     // no unit below units[lowest] is free
	connections int     // clients not yet closed
	rhythm      rhythm  // of the listener
	unset       bool    // the listener's callback is not set, for want of places
	failing     bool    // the last accept failed
	done        func()  // Shutdown was called
}

// NewServer returns a server of routine to the clients of listener, at the
// eager pace. It does nothing before Start.
func NewServer(queue *timer.Queue, listener Listener, routine Routine) *Server {
	s := &Server{
		Pace: Eager(), Limits: DefaultLimits(),
		queue: queue, listener: listener, routine: routine,
		buffer: make([]byte, bufferSize), firstLUN: listenerLUN + 1,
	}
	s.listenerCallback = s.ListenerCallback
	return s
}

// Start sets the first ListenerCallback: one interval from now at the posted
// pace, at once at the eager one. From then on the queue does the work.
func (s *Server) Start() {
	s.rhythm.active = s.queue.Now()
	s.setListenerCallback(s.Pace.next(&s.rhythm, s.queue.Now()))
}

// Units is the number of units that clients hold.
func (s *Server) Units() (held int) {
	for _, client := range s.units {
		if client != nil {
			held++
		}
	}
	return held
}

// ListenerCallback is the post's: accept a client if one is waiting, set a
// ServerCallback for it, set itself again.
func (s *Server) ListenerCallback(timer.ID) {
	s.trace(nil, Event{Kind: TimerFired, Callback: "ListenerCallback"})
	if s.done != nil {
		return // the listener's unit is free
	}
	wait, failed := s.Pace.wait(s.Pace.ListenWait, s.queue), false
	for n := 0; n < s.Pace.Batch && s.connections < s.Limits.Clients; n++ {
		client, err := s.accept(wait)
		if err != nil {
			failed = !errors.Is(err, os.ErrDeadlineExceeded)
			break
		}
		s.setServerCallback(client)
		wait = 0
	}
	switch {
	case s.connections >= s.Limits.Clients:
		s.unset = true // until a connection is closed
	case failed:
		s.setListenerCallback(s.Pace.Interval)
	case s.Pace.Eager && s.Pace.ListenWait > 0:
		s.setListenerCallback(0) // the listener is where the loop rests
	default:
		s.setListenerCallback(s.Pace.next(&s.rhythm, s.queue.Now()))
	}
}

// ServerCallback is the post's: give the client to the routine if it has sent
// anything, set itself again. The callback of a unit that was freed ends
// there. In IDL the callback has only the unit's number, so if the number was
// given out again it polls the new holder, once more for each time that this
// happened; here it holds the unit itself, which is never used twice.
func (s *Server) ServerCallback(_ timer.ID, client *Unit) {
	s.trace(client, Event{Kind: TimerFired, Callback: "ServerCallback"})
	if client.state >= lingering {
		return
	}
	if client.state == reading && (client.again || client.PollInput(s.Pace.wait(s.Pace.PollWait, s.queue))) {
		s.dispatch(client)
	}
	if client.state == sending {
		client.pump()
	}
	s.setServerCallback(client)
}

// dispatch calls the routine. A panic costs the client, not the server.
func (s *Server) dispatch(client *Unit) {
	defer func() {
		if v := recover(); v != nil {
			s.logf("sock: the routine panicked on unit %d, whose client is dropped: %v\n%s", client.lun, v, debug.Stack())
			client.drop(fmt.Errorf("the routine panicked: %v", v))
		}
	}()
	s.trace(client, Event{Kind: Dispatched})
	client.discarded = false
	s.routine(client)
	client.again = client.discarded && len(client.in) > 0
	if client.inErr != nil && !client.again {
		client.Free()
	}
}

// accept takes a client that is there within wait and gives it a unit.
func (s *Server) accept(wait time.Duration) (*Unit, error) {
	s.trace(nil, Event{Kind: PollBegun, Wait: wait})
	conn, err := s.listener.Accept(wait)
	s.trace(nil, Event{Kind: PollEnded, Err: err})
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, err
	case err != nil:
		if !s.failing {
			s.failing = true
			s.trace(nil, Event{Kind: AcceptFailed, Err: err})
			s.logf("sock: cannot accept clients, trying again every %v: %v", s.Pace.Interval, err)
		}
		return nil, err
	}
	s.failing = false
	client := s.admit(conn)
	s.rhythm.active = client.accepted
	s.trace(client, Event{Kind: Accepted})
	return client, nil
}

// admit gives a connection a unit.
func (s *Server) admit(conn Conn) *Unit {
	now := s.queue.Now()
	client := &Unit{server: s, conn: conn, accepted: now, inBy: now.Add(s.Limits.Input), asked: now, rhythm: rhythm{active: now}, looked: now}
	client.serverCallback = func(id timer.ID) { s.ServerCallback(id, client) }
	client.lun = s.getLUN(client)
	s.connections++
	return client
}

// getLUN gives client the lowest unit number that is free, as IDL's GET_LUN.
func (s *Server) getLUN(client *Unit) int {
	for s.lowest < len(s.units) && s.units[s.lowest] != nil {
		s.lowest++
	}
	if s.lowest == len(s.units) {
		s.units = append(s.units, nil)
	}
	s.units[s.lowest] = client
	return s.firstLUN + s.lowest
}

// giveBack takes client's unit and everything it holds but its connection.
func (s *Server) giveBack(client *Unit) {
	n := client.lun - s.firstLUN
	s.units[n] = nil
	s.lowest = min(s.lowest, n)
	client.state, client.freed = lingering, s.queue.Now()
	client.in, client.Value = nil, nil
	client.clearOut()
	client.closeFile()
	client.reportReply()
	s.trace(client, Event{Kind: Freed, Wait: client.freed.Sub(client.accepted), Bytes: client.sent})
}

// free gives client's unit back and lets the connection linger.
func (s *Server) free(client *Unit) {
	s.giveBack(client)
	if err := client.conn.CloseWrite(); err != nil {
		s.close(client)
		return
	}
	client.rhythm.active = client.freed
	client.lingerCallback = func(id timer.ID) { s.LingerCallback(id, client) }
	s.linger(client)
}

// LingerCallback is ours, the post has none: drop what a freed client still
// sends, and close its connection when it has shut its side or its time is
// over.
func (s *Server) LingerCallback(_ timer.ID, client *Unit) {
	s.trace(client, Event{Kind: TimerFired, Callback: "LingerCallback"})
	s.linger(client)
}

func (s *Server) linger(client *Unit) {
	for dropped := 0; dropped < pumpLimit; {
		n, err := client.conn.Read(s.buffer, 0)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			break
		}
		if err != nil {
			s.close(client)
			return
		}
		dropped += n
		client.rhythm.active = s.queue.Now()
	}
	now := s.queue.Now()
	if now.Sub(client.rhythm.active) >= s.Limits.LingerQuiet || now.Sub(client.freed) >= s.Limits.Linger {
		s.close(client)
		return
	}
	s.set(client, "LingerCallback", s.Pace.next(&client.rhythm, now), client.lingerCallback)
}

// close ends client's connection, and makes its place another's.
func (s *Server) close(client *Unit) {
	client.conn.Close()
	client.state = closed
	s.connections--
	s.trace(client, Event{Kind: Closed})
	if s.unset {
		s.unset = false
		s.setListenerCallback(s.Pace.next(&s.rhythm, s.queue.Now()))
	}
	if s.done != nil && s.connections == 0 {
		s.finish()
	}
}

// Shutdown closes the listener and drops the clients that have not yet been
// answered. It calls done once, when the others have theirs or grace is over.
func (s *Server) Shutdown(grace time.Duration, done func()) {
	if s.done != nil {
		return
	}
	s.done = done
	s.listener.Close()
	for _, client := range s.units {
		if client != nil && client.state == reading {
			client.drop(errors.New("the server is shutting down"))
		}
	}
	if s.connections == 0 {
		s.finish()
		return
	}
	s.queue.Set(grace, func(timer.ID) {
		for _, client := range s.units {
			if client != nil {
				client.drop(errors.New("the server has shut down"))
			}
		}
		s.finish()
	})
}

func (s *Server) finish() {
	done := s.done
	s.done = func() {}
	done()
}

// setServerCallback sets client's ServerCallback again, by the pace.
func (s *Server) setServerCallback(client *Unit) {
	s.set(client, "ServerCallback", s.Pace.next(&client.rhythm, client.looked), client.serverCallback)
}

func (s *Server) setListenerCallback(delay time.Duration) {
	s.set(nil, "ListenerCallback", delay, s.listenerCallback)
}

func (s *Server) set(client *Unit, name string, delay time.Duration, callback func(timer.ID)) {
	s.trace(client, Event{Kind: TimerSet, Callback: name, Wait: delay})
	s.queue.Set(delay, callback)
}

func (s *Server) logf(format string, args ...any) {
	if s.Log != nil {
		s.Log.Printf(format, args...)
		return
	}
	log.Printf(format, args...)
}
