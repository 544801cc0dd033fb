package sock

import (
	"net"
	"runtime"
	"time"

	"sockhttp/sock/internal/backoff"
	"sockhttp/sock/internal/exchange"
	"sockhttp/sock/internal/list"
	"sockhttp/sock/trace"
	"sockhttp/timer"
)

// A Unit is one client's connection, which IDL knows by its logical unit
// number. A [Routine] reads what has come with Input and Err, queues its reply
// with Write and SendFile, and ends with Free; none of these waits. A unit
// belongs to the goroutine of its server's queue.
type Unit struct {
	// Value is the routine's, for what it must remember of the client
	// between two calls. It is nil once the unit is given back.
	Value any

	// OnFree, unless nil, is called once, when the unit is given back: with the
	// reason, if its client is dropped, and else with nil.
	OnFree func(cause error)

	poller      *Poller
	conn        Conn
	lun         int32
	state       state
	awake       bool          // it is awake
	listed      bool          // it is among the units that are, or were
	writeClosed bool          // nothing more will be queued
	accepted    time.Duration // when it was, of the queue's time, as all times here

	later    timer.ID // the ServerCallback, if it is set for later than at once
	backoff  backoff.Backoff
	input    input
	output   output
	exchange exchange.Exchange

	place list.Node[Unit] // in one of the poller's lists
}

// The states of a unit. It goes back and forth between receiving and sending.
// Free takes it from receiving to free at once, and from sending to finishing,
// which becomes free when everything is sent.
type state int8

const (
	receiving state = iota // its input is polled and given to the routine
	sending                // what the routine has written goes out
	finishing              // the rest of what it has written goes out
	free                   // the number is given back; the connection lingers, or is closed
)

// listenerLUN is the number of the listener, of which a nil Unit stands for the
// unit. IDL hands out the numbers 100 to 128.
const listenerLUN = 100

// PostedClients is how many clients IDL's units from 101 to 128 hold.
const PostedClients = 128 - listenerLUN

// LUN is the unit's number: the lowest that was free when the client was
// accepted, from 101.
func (u *Unit) LUN() int {
	if u == nil {
		return listenerLUN
	}
	return int(u.lun)
}

// RemoteAddr is the client's address.
func (u *Unit) RemoteAddr() net.Addr { return u.conn.RemoteAddr() }

// Now is the time by the queue's clock.
func (u *Unit) Now() time.Time { return u.poller.queue.Now() }

func (u *Unit) isFree() bool { return u.state == free }

// Wake has ServerCallback called at once, in place of when it is set for. It is
// for what happens outside of the routine, as in a function given to
// [timer.Queue.Post]: without it, what such a function writes waits for up to
// an Interval. After Free it does nothing.
func (u *Unit) Wake() {
	p := u.poller
	if u.isFree() {
		return
	}
	u.backoff.Active(p.readClock())
	p.callAtOnce(u)
}

// Yield lets other goroutines run. A routine calls it when it has given one
// something to do: the goroutine of a queue that has sockets to poll hardly ever
// waits, so the other might have to. It does not count as time that the routine
// took.
func (u *Unit) Yield() {
	p := u.poller
	began := p.readClock()
	runtime.Gosched()
	p.waited += p.readClock() - began
}

// Free gives the unit back (the post's free_lun) as soon as what was queued is
// sent. Its number is then free for another client; the connection is shut for
// writing and lingers until the client has closed it too, because closing a
// socket that still has input makes the network discard what was sent.
func (u *Unit) Free() {
	switch u.state {
	case receiving:
		u.startLinger(u.giveBack(nil))
	case sending:
		u.state = finishing
	}
}

// drop gives the client up: nothing more is sent, and its connection is closed
// at once.
func (u *Unit) drop(cause error) {
	if u.isFree() {
		return
	}
	u.poller.trace(u, trace.Event{Kind: trace.Dropped, Err: cause})
	u.giveBack(cause)
	u.poller.close(u, cause)
}

// giveBack gives back the unit's number and everything that it holds but its
// connection. The cause is why its client is dropped; nil if it is not. Then the
// connection is shut for writing, unless this reports that it has ended: a Client has
// all that it wants.
func (u *Unit) giveBack(cause error) (ended bool) {
	p := u.poller
	u.place.Leave()
	p.units.GiveBack(u.LUN())
	u.state, u.awake = free, false
	p.spare.Give(u.input.bytes)
	u.Value, u.input = nil, input{err: u.input.err}
	u.reportReply(cause)
	u.output.Clear(&p.spare)
	p.trace(u, trace.Event{Kind: trace.Freed, Took: p.readClock() - u.accepted, Bytes: u.output.Sent()})
	// Before OnFree, which may take its time: the last bytes of a reply wait for this.
	ended = cause != nil || p.alone || u.conn.CloseWrite() != nil
	if u.OnFree != nil {
		u.OnFree(cause)
	}
	p.onPlace()
	return ended
}
