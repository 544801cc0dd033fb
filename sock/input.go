package sock

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"time"
)

// An input is what a client has sent and the routine has not yet dealt with.
type input struct {
	bytes []byte
	err   error // why no more will come
	ready bool  // the routine is to be called, whether more comes or not
	seen  int   // of the bytes, how many the routine had in its last call

	deadline time.Time     // by which all of it must have come
	timeout  time.Duration // the same, from when the output is sent; 0: the deadline stands
}

// Input is everything that the client has sent so far and the routine has not
// discarded. The slice is valid until the routine returns.
func (u *Unit) Input() []byte { return u.input.bytes }

// Seen is how many bytes of the input the routine was given before, in its last
// call, and has left as they are: a search in the input can go on from there.
func (u *Unit) Seen() int { return u.input.seen }

// Discard takes the first n bytes from the input: they are dealt with. If some
// are left, the routine is called again for them when what it has written is
// sent, whether more has come or not.
func (u *Unit) Discard(n int) {
	rest := u.input.bytes[n:]
	switch {
	case len(rest) == 0:
		rest = nil
	case len(rest) < n:
		rest = bytes.Clone(rest) // else a few bytes would keep the memory of many
	}
	u.input.bytes, u.input.seen = rest, 0
}

// Reserve makes room for n bytes of input in all, when it is known that so many
// will come. Room that grows with what comes takes up to twice as much.
func (u *Unit) Reserve(n int) {
	u.input.bytes = slices.Grow(u.input.bytes, max(0, n-len(u.input.bytes)))
}

// CallAgain has the routine called again by the next ServerCallback, when its
// output is sent and though nothing more has come: for work that would keep the
// others waiting and is therefore done in slices.
func (u *Unit) CallAgain() {
	u.input.ready = true
	u.backoff.lastActive = u.Now()
}

// LimitInput gives the client d for all of the input to come, in place of
// [Limits].InputTimeout: from now or, if anything is queued, from when that is
// sent.
func (u *Unit) LimitInput(d time.Duration) {
	in := &u.input
	in.deadline, in.timeout = u.Now().Add(d), 0
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
// routine has discarded some of the input and will be called for the rest.
func (u *Unit) Err() error { return u.input.err }

// PollInput is IDL's FILE_POLL_INPUT on this unit: it reports whether there
// was input within wait, or anything else that the routine must know (the end
// of the input, an error, time over), which Input and Err then hold. At the
// eager pace it waits only while no other callback is due. While output is
// being sent, it reports false at once: a reply comes before the next request.
func (u *Unit) PollInput(wait time.Duration) bool {
	switch {
	case u.state != receiving:
		return false
	case u.input.ready:
		return true
	}
	p := u.poller
	wait = p.Pace.wait(wait, p.queue, nil)
	p.trace(u, Event{Kind: PollBegun, Wait: wait})
	n, err := u.conn.Read(p.buffer, wait)
	p.trace(u, Event{Kind: PollEnded, Bytes: int64(n), Err: err})

	in, now := &u.input, u.Now()
	if n > 0 {
		in.bytes = append(in.bytes, p.buffer[:n]...)
		u.exchange.begin(now)
		u.backoff.lastActive = now
		u.leaveList()
	}
	switch {
	case err != nil && !errors.Is(err, os.ErrDeadlineExceeded):
		in.err = err
	case !now.Before(in.deadline) && (n == 0 || !u.readLate()):
		in.err = os.ErrDeadlineExceeded
	}
	return n > 0 || in.err != nil
}

// readLate is for input that is found when its time is over: this program may
// have been stopped for a while, by SIGSTOP or a laptop's lid, and what came
// meanwhile came in time. It reads the rest, and reports whether there is even
// more of that than one callback can read.
func (u *Unit) readLate() (more bool) {
	buffer := u.poller.buffer
	for range lateReads {
		n, err := u.conn.Read(buffer, 0)
		u.input.bytes = append(u.input.bytes, buffer[:n]...)
		if err != nil {
			return false
		}
	}
	return true
}

// lateReads is how many buffers readLate reads at most, 1 MiB.
const lateReads = 16
