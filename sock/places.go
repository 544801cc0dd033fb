package sock

import (
	"cmp"
	"fmt"
	"io"
	"os"
)

// places are the clients that need none of the server's time at present, each
// list in the order in which its clients came into it. When all places are
// taken, one of these gives up its place for a newcomer: first one that has shut
// its side while the routine works for it, since it may have gone; then the one
// that has been idle longest between two requests; then the one that has been
// silent longest since it was accepted. One with a request or a reply under way
// never does.
type places struct {
	gone, idle, silent list
}

// settle puts u where it belongs, and reports whether u has just become one that
// may give up its place.
func (p *places) settle(u *Unit) bool {
	switch {
	case u.state == free:
	case u.state == receiving && u.input.again && u.input.err == io.EOF:
		if u.list == &p.gone {
			return false
		}
		u.leaveList()
		p.gone.add(u)
		return true
	case u.state != receiving || u.input.polling == Never || u.input.asking || u.input.ready || u.input.again || u.input.err != nil || len(u.input.bytes) > 0:
		u.leaveList()
	case u.list != nil:
	case u.output.sent > 0:
		p.idle.add(u)
		return true
	default:
		p.silent.add(u)
		return true
	}
	return false
}

// next is the client that is next to give up its place; nil if none is.
func (p *places) next() *Unit {
	return cmp.Or(p.gone.first, p.idle.first, p.silent.first)
}

// makePlace has a client give up its place, and reports whether one did. A client
// that has sent something since its last poll keeps its place, and so does one
// whose time is over, since its routine must know. One that has gone does not.
func (p *Poller) makePlace() bool {
	for u := p.places.next(); u != nil; u = p.places.next() {
		if u.list == &p.places.gone {
			u.drop(io.EOF)
			return true
		}
		if u.PollInput(0) {
			if err := u.input.err; err != nil && err != os.ErrDeadlineExceeded && len(u.input.bytes) == 0 {
				u.drop(err)
				return true
			}
			u.leaveList()
			u.input.ready = true // for its next ServerCallback
			continue
		}
		what := "silent since it was accepted"
		if u.list == &p.places.idle {
			what = "idle between requests"
		}
		u.drop(fmt.Errorf("%s, and its place is needed for another client", what))
		return true
	}
	return false
}

// A list holds units in the order in which they were added.
type list struct {
	first, last *Unit
	len         int
}

func (l *list) add(u *Unit) {
	u.list, u.prev, u.next = l, l.last, nil
	if l.last == nil {
		l.first = u
	} else {
		l.last.next = u
	}
	l.last = u
	l.len++
}

// leaveList takes u out of the list that it is in.
func (u *Unit) leaveList() {
	l := u.list
	if l == nil {
		return
	}
	if u.prev == nil {
		l.first = u.next
	} else {
		u.prev.next = u.next
	}
	if u.next == nil {
		l.last = u.prev
	} else {
		u.next.prev = u.prev
	}
	u.list, u.prev, u.next = nil, nil, nil
	l.len--
}
