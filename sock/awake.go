package sock

import (
	"os"
	"time"

	"sockhttp/timer"
)

// The eager pace has a client that was active just now called again at once,
// and so polled all the time. Where the seam can ask about many connections in
// one poll (see [ListPoller]), such a client is awake instead: it is called when
// the spin of its backoff is over, and before that as soon as the poll of
// ListenerCallback, which is where the loop rests, finds that its connection has
// something. So a client that sends a byte every 2 ms, or takes a file as slowly
// as its network does, costs no more than what it sends and takes.

// awake are the clients that are awake.
type awake struct {
	poll  func(list []Asked, wait time.Duration) (waiting bool) // nil: the seam cannot, or ListenerCallback is not to be called
	units []*Unit
	list  []Asked // of units; for each poll anew
}

// stayAwake is how long from now u is called again which would be called at once.
// It is then awake, if it waits for its connection alone.
func (p *Poller) stayAwake(u *Unit) time.Duration {
	if input, output := u.asks(); p.awake.poll == nil || !input && !output {
		return 0
	}
	if !u.awake {
		u.awake = true
		p.awake.units = append(p.awake.units, u)
	}
	return u.backoff.lastActive.Add(spin).Sub(p.now)
}

// asks reports what u waits for, if that is its connection alone: input, or room
// for output.
func (u *Unit) asks() (input, output bool) {
	in := &u.input
	switch u.state {
	case receiving:
		return in.polling != Never && !in.ready && !in.again && in.err == nil, false
	case sending:
		return in.polling == Always, true
	case finishing:
		return false, true
	}
	return u.place.List() != nil, false // whether it lingers, or is closed
}

// acceptOrWait is Listener.Accept, which also ends its wait when the connection
// of a client that is awake has something.
func (s *Server) acceptOrWait(wait time.Duration) (Conn, error) {
	a := &s.awake
	units, list := a.units[:0], a.list[:0]
	for _, u := range a.units {
		if input, output := u.asks(); u.awake && (input || output) {
			units, list = append(units, u), append(list, Asked{Conn: u.conn, Input: input, Output: output})
		} else {
			u.awake = false
		}
	}
	clear(a.units[len(units):])
	a.units, a.list = units, list
	if !a.poll(list, wait) {
		return nil, os.ErrDeadlineExceeded
	}
	return s.listener.Accept(0)
}

// wake has those called that acceptOrWait has found to have something.
func (s *Server) wake() {
	a := &s.awake
	for i, u := range a.units[:len(a.list)] {
		if a.list[i].Ready && u.awake {
			s.callAtOnce(u)
		}
	}
	clear(a.list)
	a.list = a.list[:0]
}

// A pending is what is known of a callback of a unit that is set.
type pending struct {
	id    timer.ID // the latest: the others that are still in the queue do nothing
	later bool     // it is set for later than at once
}

func (p *Poller) setNextServerCallback(u *Unit, delay time.Duration) {
	u.next = pending{p.set(u, "ServerCallback", delay, u.serverCallback), delay > 0}
}

func (p *Poller) setNextLingerCallback(u *Unit, delay time.Duration) {
	u.linger.next = pending{p.set(u, "LingerCallback", delay, u.linger.callback), delay > 0}
}

// callAtOnce has u called at once, if it is to be called later.
func (p *Poller) callAtOnce(u *Unit) {
	switch {
	case !u.isFree() && u.next.later:
		p.setNextServerCallback(u, 0)
	case u.isFree() && u.linger.next.later:
		p.setNextLingerCallback(u, 0)
	}
}
