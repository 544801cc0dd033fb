package sock

import (
	"os"
	"time"
)

// The eager pace has a client that was active just now called again at once,
// and so polled all the time. Where the seam can ask about many connections in
// one poll (see [ListPoller]), such a client is awake instead. The poll of
// ListenerCallback, which is where the loop rests, asks for all who are awake,
// too. It has each called as soon as there is something, or when the time is
// over for which it would have been called at once. So a client that sends
// a byte every 2 ms, or that takes a file as slowly as its network does, costs
// no more than what it sends or takes.

// awake are the clients that are awake. No callback is set for them.
type awake struct {
	poller ListPoller // nil: the seam cannot, or ListenerCallback is not set for at once
	units  []*Unit    // with some that are awake no more
	list   []Asked    // of units, during a poll
}

// stayAwake makes u one of those who are awake, in place of having it called at
// once. It reports whether it did: u must wait for its connection alone.
func (p *Poller) stayAwake(u *Unit) bool {
	if input, output := u.asks(); p.awake.poller == nil || !input && !output {
		return false
	}
	u.awake = true
	if !u.listed {
		u.listed = true
		p.awake.units = append(p.awake.units, u)
	}
	return true
}

// asks reports what u waits for, if that is its connection alone: input, or that
// output can be sent.
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

// listAwake lists what is asked for those who are awake, and returns for how long
// all of them stay so, at most limit.
func (p *Poller) listAwake(limit time.Duration) time.Duration {
	a, now := &p.awake, p.readClock()
	units := a.units[:0]
	for _, u := range a.units {
		input, output := u.asks()
		switch u.listed = u.awake && (input || output); {
		case u.listed:
			units = append(units, u)
			a.list = append(a.list, Asked{Conn: u.conn, Input: input, Output: output})
			limit = min(limit, u.backoff.Spin(now))
		case u.awake: // and waits for more than its connection by now
			p.callAtOnce(u)
		}
	}
	clear(a.units[len(units):])
	a.units = units
	return max(0, limit)
}

// acceptOrWait is Listener.Accept. If it is for all who are listed, too, its wait
// also ends when there is something for one of them.
func (s *Server) acceptOrWait(wait time.Duration, all bool) (Conn, error) {
	if all && s.awake.poller != nil { // it is nil if the trace has closed the listener
		if !s.awake.poller.PollList(s.awake.list, wait) {
			return nil, os.ErrDeadlineExceeded
		}
		wait = 0
	}
	return s.listener.Accept(wait)
}

// callAwake has those called for whom there is something, and those who were
// awake for long enough; if nobody will ask for them any more, all of them.
func (p *Poller) callAwake() {
	a := &p.awake
	for i, u := range a.units {
		ready := i < len(a.list) && a.list[i].Ready
		if u.awake && (ready || a.poller == nil || u.backoff.Spin(p.now) <= 0) {
			p.callAtOnce(u)
		}
	}
	clear(a.list)
	a.list = a.list[:0]
}
