package sock

import (
	"net"
	"os"
	"runtime"
	"time"

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

	poller   *Poller
	conn     Conn
	addr     net.Addr // once it was asked for
	lun      int
	state    state
	accepted time.Time

	serverCallback func(timer.ID)
	later          timer.ID // the ServerCallback, if it is set for later than at once
	backoff        backoff
	input          input
	output         output
	exchange       exchange
	linger         linger

	list       *list // that it is in
	prev, next *Unit // in the list
}

// The states of a unit. It goes back and forth between receiving and sending.
// Free takes it from receiving to free at once, and from sending to finishing,
// which becomes free when everything is sent.
type state int

const (
	receiving state = iota // its input is polled and given to the routine
	sending                // what the routine has written goes out
	finishing              // the rest of what it has written goes out
	free                   // the number is given back; the connection lingers, or is closed
)

// LUN is the unit's number: the lowest that was free when the client was
// accepted, from 101.
func (u *Unit) LUN() int { return u.lun }

// RemoteAddr is the client's address.
func (u *Unit) RemoteAddr() net.Addr {
	if u.addr == nil {
		u.addr = u.conn.RemoteAddr()
	}
	return u.addr
}

// Now is the time by the queue's clock.
func (u *Unit) Now() time.Time { return u.poller.readClock() }

func (u *Unit) isFree() bool { return u.state == free }

// Write queues a copy of p to be sent. It never fails: a client that cannot be
// reached is dropped. After Free it does nothing. It implements [io.Writer].
func (u *Unit) Write(p []byte) (int, error) {
	if u.startSending() {
		u.output.write(p, &u.poller.spare)
	}
	return len(p), nil
}

// SendBytes queues p itself, and not a copy, after what was written: it may be
// sent to many clients at once, and must not be changed. Until it is sent
// nothing else can be queued; trying to panics. After Free it does nothing.
func (u *Unit) SendBytes(p []byte) {
	if u.startSending() {
		u.output.sendBytes(p, &u.poller.spare)
	}
}

// SendFile queues the n bytes of file from offset on, after what was written,
// and closes the file when they are sent or the unit is freed; at once, if they
// are few. If the file ends sooner, the client is dropped: it was promised more.
// Until the file is sent nothing else can be queued; trying to panics. After
// Free, SendFile does nothing but close the file.
func (u *Unit) SendFile(file *os.File, offset, n int64) {
	if !u.startSending() {
		file.Close()
		return
	}
	u.output.sendFile(file, offset, n, &u.poller.spare)
}

// Unsent is how many bytes are queued and not yet sent.
func (u *Unit) Unsent() int64 { return u.output.size() }

// Wake has ServerCallback called at once, in place of when it is set for. It is
// for what happens outside of the routine, as in a function given to
// [timer.Queue.Post]: without it, what such a function writes waits for up to
// an Interval. After Free it does nothing.
func (u *Unit) Wake() {
	p := u.poller
	if u.isFree() {
		return
	}
	u.backoff.active(p.readClock())
	if u.later != 0 && p.queue.Cancel(u.later) {
		u.later = 0
		p.set(u, "ServerCallback", 0, u.serverCallback)
	}
}

// Yield lets other goroutines run. A routine calls it when it has given one
// something to do: the goroutine of a queue that has sockets to poll hardly ever
// waits, so the other might have to. It does not count as time that the routine
// took.
func (u *Unit) Yield() {
	p := u.poller
	began := p.readClock()
	runtime.Gosched()
	p.waited += p.readClock().Sub(began)
}

// startSending reports whether output may be queued.
func (u *Unit) startSending() bool {
	if u.state == receiving && !u.output.closed {
		u.state = sending
		u.input.asking = false
		u.output.lastSent = u.Now()
		u.backoff.active(u.output.lastSent)
	}
	return u.state == sending && !u.output.closed
}

// CloseWrite tells the client that nothing more will be sent, as soon as what
// was queued is sent. The unit's input still comes, and what is written to it
// from now on is dropped.
func (u *Unit) CloseWrite() {
	if u.isFree() || u.output.closed {
		return
	}
	u.output.closed = true
	if u.state == receiving {
		u.closeWriteNow()
	}
}

func (u *Unit) closeWriteNow() {
	if err := u.conn.CloseWrite(); err != nil {
		u.drop(err)
	}
}

// Free gives the unit back (the post's free_lun) as soon as what was queued is
// sent. Its number is then free for another client; the connection is shut for
// writing and lingers until the client has closed it too, because closing a
// socket that still has input makes the network discard what was sent.
func (u *Unit) Free() {
	switch u.state {
	case receiving:
		u.freeNow()
	case sending:
		u.state = finishing
	}
}

func (u *Unit) freeNow() {
	u.giveBack(nil)
	u.startLinger()
}

// drop gives the client up: nothing more is sent, and its connection is closed
// at once.
func (u *Unit) drop(cause error) {
	if u.isFree() {
		return
	}
	u.poller.trace(u, Event{Kind: Dropped, Err: cause})
	u.giveBack(cause)
	u.poller.close(u, cause)
}

// giveBack gives back the unit's number and everything that it holds but its
// connection. The cause is why its client is dropped; nil if it is not.
func (u *Unit) giveBack(cause error) {
	p := u.poller
	u.leaveList()
	p.units.giveBack(u.lun)
	u.state = free
	u.Value, u.input = nil, input{err: u.input.err}
	u.reportReply(cause)
	u.output.clear(&p.spare)
	p.trace(u, Event{Kind: Freed, Took: u.Now().Sub(u.accepted), Bytes: u.output.sent})
	if u.OnFree != nil {
		u.OnFree(cause)
	}
	p.onPlace()
}
