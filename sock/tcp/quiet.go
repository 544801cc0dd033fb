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

	mostAhead = 128 // connections in one poll(2): so many are asked again within answerHolds
)

// quiet are the connections of a listener whose last poll found nothing: a ring,
// in the order of those polls.
type quiet struct {
	now   func() time.Time
	next  *rawConn  // whose poll was the longest ago
	ahead int       // how many the last poll(2) has asked
	round uint32    // of all such polls
	asked time.Time // when that was
	fds   []pollFD  // for each poll anew
}

// isQuiet reports whether it is known that nothing has come from c, whose turn
// it is.
func (q *quiet) isQuiet(c *rawConn) bool {
	if q == nil || c.nextQuiet == nil || c.nextQuiet == c {
		return false
	}
	now := q.now()
	if old := now.Sub(q.asked) > answerHolds; old || c.round != q.round {
		if q.ahead = min(2*q.ahead, mostAhead); old || c != q.next {
			q.ahead = 1
		}
		q.round, q.asked = q.round+1, now
		if q.ahead > 1 {
			q.ask(c)
		}
	}
	known := c.round == q.round && c.isQuiet
	c.isQuiet = false
	return known
}

// ask asks c, and those who are next after it.
func (q *quiet) ask(c *rawConn) {
	q.fds = q.fds[:0]
	for other := c; len(q.fds) < q.ahead && (other != c || len(q.fds) == 0); other = other.nextQuiet {
		q.fds = append(q.fds, pollFD{fd: other.fd, events: pollIn})
	}
	if _, err := pollShortly(q.fds, 0); err != nil {
		return // each is asked by itself
	}
	for _, fd := range q.fds {
		c.round, c.isQuiet = q.round, fd.revents == 0
		c = c.nextQuiet
	}
}

// found notes that a poll of c has just found nothing, or something.
func (q *quiet) found(c *rawConn, nothing bool) {
	switch {
	case q == nil:
	case nothing && c == q.next:
		q.next = c.nextQuiet // in the ring, c is the last now
	case nothing:
		q.leave(c)
		q.add(c)
	default:
		q.leave(c)
	}
}

// add makes c the last.
func (q *quiet) add(c *rawConn) {
	if q.next == nil {
		c.nextQuiet, c.lastQuiet = c, c
		q.next = c
		return
	}
	c.nextQuiet, c.lastQuiet = q.next, q.next.lastQuiet
	c.lastQuiet.nextQuiet, q.next.lastQuiet = c, c
}

// leave takes c out of the ring, if it is in it.
func (q *quiet) leave(c *rawConn) {
	switch {
	case c.nextQuiet == nil:
		return
	case c.nextQuiet == c:
		q.next = nil
	case q.next == c:
		q.next = c.nextQuiet
	}
	c.lastQuiet.nextQuiet, c.nextQuiet.lastQuiet = c.nextQuiet, c.lastQuiet
	c.nextQuiet, c.lastQuiet = nil, nil
}
