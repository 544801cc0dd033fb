package sock

import (
	"errors"
	"os"
	"slices"
	"time"
)

// A Polling says when the input of a unit is polled.
type Polling int8

const (
	BetweenReplies Polling = iota // while nothing is being sent: a reply comes before the next request
	Always                        // while something is being sent, too
	Never                         // not at all: once the network's buffers are full, the client must wait
)

// SetPolling says when the input is polled from now on. At first that is
// BetweenReplies. A unit that is never polled is kept when its input has ended:
// see Err.
func (u *Unit) SetPolling(polling Polling) { u.input.polling = polling }

// An input is what a client has sent and the routine has not yet dealt with.
type input struct {
	bytes   []byte
	err     error // why no more will come
	seen    int   // of the bytes, how many the routine had in its last call
	ready   bool  // the routine is to be called for what is left, without a poll
	again   bool  // the routine is to be called again, whatever the poll finds
	asking  bool  // something has come since output was last queued
	polling Polling

	deadline time.Duration // by which all of it must have come; while the connection lingers, the end of that
	timeout  time.Duration // if not 0: from when the output has been sent, the deadline is this much later
}

// Input is everything that the client has sent so far and the routine has not
// discarded. The slice is valid until the routine returns.
func (u *Unit) Input() []byte { return u.input.bytes }

// Seen is how many bytes of the input the routine was given before, in its last
// call, and has left as they are: a search in the input can go on from there.
func (u *Unit) Seen() int { return u.input.seen }

// Discard takes the first n bytes from the input: they are dealt with. If some
// are left, the routine is called again for them when what it has written is
// sent, whether more has come or not. After Free, Discard does nothing.
func (u *Unit) Discard(n int) {
	if u.isFree() {
		return
	}
	rest := u.input.bytes[n:]
	if len(rest) < n { // else a few bytes would keep the memory of many
		u.poller.spare.Give(u.input.bytes)
		rest = append([]byte(nil), rest...)
	}
	u.input.bytes, u.input.seen = rest, 0
}

// SwapInput is Discard of all of the input, which it returns. Unlike Input's, the
// slice is the caller's from then on. In exchange the server gets a buffer that is
// no longer used, unless it is nil.
func (u *Unit) SwapInput(buffer []byte) (input []byte) {
	if u.isFree() {
		return nil
	}
	u.poller.spare.Give(buffer)
	input = u.input.bytes
	u.input.bytes, u.input.seen = nil, 0
	return input
}

// Reserve makes room for n bytes of input in all, when it is known that so many
// will come. Room that grows with what comes takes up to twice as much.
func (u *Unit) Reserve(n int) {
	u.input.bytes = slices.Grow(u.input.bytes, max(0, n-len(u.input.bytes)))
}

// Skip is Discard of n bytes that ask for nothing, such as an empty line between
// requests. A client that has sent no more than that is idle, and may have to
// give up its place.
func (u *Unit) Skip(n int) {
	u.Discard(n)
	u.input.asking = len(u.input.bytes) > 0
}

// CallAgain has the routine called again by the next ServerCallback, even if
// nothing more has come; if it has written something, once that is sent. Use it
// to split work that would keep others waiting. Until then no time limit holds.
// The client is polled, unless it is never polled, so that Err tells if it has
// gone. If it has only shut its side, it may still wait for its reply; but it
// gives up its place if another client needs that.
func (u *Unit) CallAgain() { u.input.again = true }

// LimitInput gives the client d for all of the input to come, in place of
// [Limits].InputTimeout: from now or, if anything is queued, from when that is
// sent. After Free it does nothing.
func (u *Unit) LimitInput(d time.Duration) {
	if u.isFree() {
		return
	}
	in := &u.input
	in.deadline, in.timeout = u.poller.readClock()+min(d, forever), 0
	if u.state == sending {
		in.timeout = d
	}
	if in.err == os.ErrDeadlineExceeded {
		in.err = nil
	}
}

// Err tells why no more input will come: io.EOF when the client has shut its
// side, os.ErrDeadlineExceeded when the unit's time for its input is over
// ([Limits].InputTimeout), or the network's error. It is nil while input may
// come. A unit that has an error when the routine returns is freed, unless the
// routine will be called again: it has discarded some of the input and left
// some, or has called CallAgain. Nor is it freed if it is never polled; then the
// routine must free it.
func (u *Unit) Err() error { return u.input.err }

// PollInput is IDL's FILE_POLL_INPUT on this unit: it reports whether there
// was input within wait, or anything else that the routine must know (the end
// of the input, an error, time over), which Input and Err then hold. At the
// eager pace it waits only while no other callback is due and nothing is being
// sent. With a wait of zero it may miss what came within the last millisecond; with
// one below zero it does not.
//
// It does not poll while output is being sent, and reports false, unless
// [Unit.SetPolling] says otherwise: a reply comes before the next request. Nor
// does it poll if the routine is to be called again for what is left, and
// reports true.
func (u *Unit) PollInput(wait time.Duration) bool {
	p, in, isReceiving := u.poller, &u.input, u.state == receiving
	switch {
	case isReceiving && in.isDue():
		return true
	case !isReceiving && !(u.state == sending && in.polling == Always), in.polling == Never:
		return false
	case isReceiving && in.again, !isReceiving && p.Pace.Eager:
		wait = 0
	}
	had, told := len(in.bytes), in.err
	n, err := p.poll(u, wait, nil, func(wait time.Duration) (int, error) { return u.conn.Read(p.buffer, wait) })
	u.receive(n)
	late := !in.again && in.timeout == 0 && p.now >= in.deadline // without a wait, a poll takes no time
	if late && !isEnd(err) {
		err = u.readRest()
	}
	switch {
	case isEnd(err):
		in.err = err
	case late:
		in.err = os.ErrDeadlineExceeded
	}
	isNew := len(in.bytes) > had || in.err != told
	return isNew || isReceiving && (in.again || in.err != nil)
}

// isEnd reports whether err, from a read, says that nothing more will come.
func isEnd(err error) bool { return err != nil && !errors.Is(err, os.ErrDeadlineExceeded) }

// receive adds the first n bytes of the poller's buffer to the input.
func (u *Unit) receive(n int) {
	if n <= 0 {
		return
	}
	p, in := u.poller, &u.input
	in.bytes = append(p.spare.Grow(in.bytes, n), p.buffer[:n]...)
	u.exchange.Begin(p.now)
	in.asking = true
	u.place.Leave()
}

// isDue reports whether the routine is to be called without a poll.
func (in *input) isDue() bool {
	return in.ready || in.again && (in.polling == Never || len(in.bytes) >= bufferSize)
}

// readRest reads what else has come, 1 MiB at most, when the time for the input
// is over: this program may have been stopped for a while, by SIGSTOP or a
// laptop's lid, and what came meanwhile came in time.
func (u *Unit) readRest() (err error) {
	for most := len(u.input.bytes) + 1<<20; err == nil && len(u.input.bytes) < most; {
		var n int
		n, err = u.conn.Read(u.poller.buffer, missNothing)
		u.receive(n)
	}
	return err
}

// afterRoutine notes what the routine has done with the input, of which it had
// so many bytes. If it left all of them, it has seen them. If it took some and
// left some, it is called again for the rest. If no more input will come and it
// need not be called again, the unit is freed, unless the routine has stopped
// polling it.
func (u *Unit) afterRoutine(had int) {
	switch left := len(u.input.bytes); {
	case left == had:
		u.input.seen = left
	case left > 0:
		u.input.ready = true
	}
	if u.input.err != nil && !u.input.ready && !u.input.again && u.input.polling != Never {
		u.Free()
	}
}
