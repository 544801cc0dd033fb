//go:build (linux || freebsd || darwin) && !deadline

package tcp

import "time"

// A client that says nothing is polled as often as one that does, and to ask it
// takes a system call. But those who are silent are asked one after the other,
// always in the same order, as their callbacks come round. So when some of them
// were asked in order, those whose turn is next are asked along with the one whose
// turn it is, in one poll(2), and their own polls find the answer there. For many
// clients that takes a fraction of the time.

const (
	// answerHolds is for how long an answer is believed. What a client sends just
	// after it was asked is found when it is asked again.
	answerHolds = time.Millisecond

	mostAhead = 128 // connections in one poll(2), all of which have their turn within answerHolds
)

// A ring is the connections of a listener whose last poll found nothing, in the
// order in which they have their turns.
type ring struct {
	now   func() time.Time
	next  *rawConn  // whose turn is next, if all goes on as before
	ahead int       // how many the last poll(2) has asked
	round uint32    // counts these
	began time.Time // when the last was
	fds   []pollFD  // for each anew
}

// A place is a connection's place in a ring.
type place struct {
	ring       *ring    // nil if the connection came from no listener
	prev, next *rawConn // nil while it is not in the ring
	round      uint32   // the last that has asked the connection
	silent     bool     // what that has found, until it was used
}

// knownSilent reports whether it is known that c, whose turn it is, has sent
// nothing. Each answer is used once.
func (r *ring) knownSilent(c *rawConn) bool {
	if r == nil || c.place.next == nil || c.place.next == c {
		return false
	}
	now := r.now()
	isOld := now.Sub(r.began) > answerHolds
	if isOld || c.place.round != r.round {
		r.ahead = min(2*r.ahead, mostAhead)
		if isOld || c != r.next {
			r.ahead = 1
		}
		r.round++
		r.began = now
		if r.ahead > 1 {
			r.ask(c)
		}
	}
	known := c.place.round == r.round && c.place.silent
	c.place.silent = false
	return known
}

// ask asks c, and those who are next after it.
func (r *ring) ask(c *rawConn) {
	r.fds = append(r.fds[:0], pollFD{fd: c.fd, events: pollIn})
	for other := c.place.next; other != c && len(r.fds) < r.ahead; other = other.place.next {
		r.fds = append(r.fds, pollFD{fd: other.fd, events: pollIn})
	}
	if _, err := pollShortly(r.fds, 0); err != nil {
		return // each is asked by itself
	}
	for _, fd := range r.fds {
		c.place.round, c.place.silent = r.round, fd.revents == 0
		c = c.place.next
	}
}

// foundSilent notes that c has had its turn and has sent nothing.
func (r *ring) foundSilent(c *rawConn) {
	if r == nil {
		return
	}
	if c != r.next {
		if c.place.next != nil {
			r.leave(r.next) // which has missed its turn, and may have no more
		}
		r.leave(c)
		r.add(c)
	}
	r.next = c.place.next
}

// add adds c before the next.
func (r *ring) add(c *rawConn) {
	if r.next == nil {
		r.next, c.place.prev, c.place.next = c, c, c
		return
	}
	prev, next := r.next.place.prev, r.next
	c.place.prev, c.place.next = prev, next
	prev.place.next, next.place.prev = c, c
}

// leave takes c out of the ring, if it is in it.
func (r *ring) leave(c *rawConn) {
	prev, next := c.place.prev, c.place.next
	if next == nil {
		return
	}
	if r.next == c {
		r.next = next
	}
	if next == c {
		r.next = nil
	}
	prev.place.next, next.place.prev = next, prev
	c.place.prev, c.place.next = nil, nil
}
