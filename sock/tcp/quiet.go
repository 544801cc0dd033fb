//go:build (linux || freebsd || darwin) && !deadline

package tcp

import (
	"slices"
	"syscall"
	"time"
)

// A client that says nothing is polled as often as one that does, and to ask its
// socket takes a system call. So sockets that were asked a few times and had nothing
// are on a list that the system keeps, where it notes who was sent something: an
// epoll(7) or kqueue(2). One call asks it about all of them, and the polls of the
// next millisecond look at the answer. A poll still finds only what is there when it
// comes: nobody is called because of the list.

const (
	quietAfter  = 3                // polls that have found nothing
	answerHolds = time.Millisecond // what has come since the list was asked is found when it is asked again
)

// A quietList is the quiet connections of a listener.
type quietList struct {
	fd    int                  // the system's list
	conns []*rawConn           // by descriptor; nil for those that are not on it
	asked time.Duration        // when it was last asked
	now   func() time.Duration // the time since some fixed time
}

// quiet is a socket, and what is known of how quiet it is.
type quiet struct {
	list   *quietList // nil if the connection came from no listener
	fd     int32
	polls  uint8 // in a row that have found nothing, up to quietAfter
	listed bool
	heard  bool // it may have been sent something since a read found nothing
}

// isSilent reports whether it is known that the connection has been sent nothing.
func (q *quiet) isSilent() bool {
	if !q.listed || q.heard {
		return false
	}
	if now := q.list.now(); now-q.list.asked > answerHolds {
		q.list.asked = now
		q.list.ask()
	}
	return q.listed && !q.heard
}

// ask asks the system's list who was sent something. If that fails, there is no list.
func (l *quietList) ask() {
	var heard [128]int32
	for n := len(heard); n == len(heard); {
		var err error
		if n, err = l.heard(heard[:]); err != nil {
			l.close()
			return
		}
		for _, fd := range heard[:n] {
			if c := l.conns[fd]; c != nil {
				c.quiet.heard = true
			}
		}
	}
}

// close closes the system's list. From then on each connection is asked by itself.
func (l *quietList) close() {
	syscall.Close(l.fd)
	l.fd = -1
	for _, c := range l.conns {
		if c != nil {
			c.quiet.listed = false
		}
	}
	l.conns = nil
}

// foundNothing notes that a read has found nothing.
func (c *rawConn) foundNothing() {
	q := &c.quiet
	q.heard = false
	q.polls = min(q.polls+1, quietAfter)
	if q.polls < quietAfter || q.listed || q.list == nil || q.list.fd < 0 {
		return
	}
	if q.list.add(c.fd) != nil {
		return // the system has no room for it now
	}
	if have := len(q.list.conns); have <= int(c.fd) {
		q.list.conns = slices.Grow(q.list.conns, int(c.fd)+1-have)[:c.fd+1]
	}
	q.list.conns[c.fd] = c
	q.listed, q.heard = true, true // something may have come since the read
}

// leave takes the connection off the list. When it is closed, the system takes it
// off its own.
func (c *rawConn) leave() {
	if c.quiet.listed {
		c.quiet.list.conns[c.fd] = nil
		c.quiet.listed = false
	}
}
