package sock

import (
	"cmp"
	"fmt"
	"io"

	"sockhttp/sock/internal/list"
)

// places are the clients that need none of the server's time at present, each
// list in the order in which its clients came into it. When all places are
// taken, one of these gives up its place for a newcomer: first one that has shut
// its side while the routine works for it, since it may have gone; then the one
// that has been idle longest between two requests; then the one that has been
// silent longest since it was accepted. One with a request or a reply under way
// never does.
type places struct {
	gone, idle, silent list.List[Unit]
}

// settle puts u where it belongs, and reports whether u has just become one that
// may give up its place.
func (p *places) settle(u *Unit) bool {
	switch {
	case u.state == free:
	case u.state == receiving && u.input.again && u.input.err == io.EOF:
		if u.place.List() == &p.gone {
			return false
		}
		u.place.Leave()
		p.gone.Add(u, &u.place)
		return true
	case u.state != receiving || u.input.polling == Never || u.input.asking || u.input.ready || u.input.again || u.input.err != nil || len(u.input.bytes) > 0:
		u.place.Leave()
	case u.place.List() != nil:
	case u.output.Sent() > 0:
		p.idle.Add(u, &u.place)
		return true
	default:
		p.silent.Add(u, &u.place)
		return true
	}
	return false
}

// next is the client that is next to give up its place; nil if none is.
func (p *places) next() *Unit {
	return cmp.Or(p.gone.First(), p.idle.First(), p.silent.First())
}

// isFull reports whether all places are taken and no client may give its up.
func (p *Poller) isFull() bool {
	return p.units.Held() >= p.Limits.MaxClients && p.places.next() == nil
}

// SetBusy says whether a request is under way, so that the client keeps its place, for
// a routine that knows better than Unit. It holds until more comes, which begins a
// request, or is written, which ends it.
func (u *Unit) SetBusy(busy bool) { u.input.asking = busy }

// MustShare reports whether all places are taken, each by a client with a request
// or a reply under way. A routine that would keep the client after its reply should
// free it then: it might begin its next request before it has this reply, and so
// keep its place for ever.
func (u *Unit) MustShare() bool { return u.poller.isFull() }

// makePlace has a client give up its place, and reports whether one did. A client
// that has sent something since its last poll keeps its place, and so does one
// whose time is over, since its routine must know. One that has gone does not.
func (p *Poller) makePlace() bool {
	for u := p.places.next(); u != nil; u = p.places.next() {
		if u.place.List() == &p.places.gone {
			u.drop(io.EOF)
			return true
		}
		if u.PollInput(missNothing) {
			if isEnd(u.input.err) && len(u.input.bytes) == 0 {
				u.drop(u.input.err)
				return true
			}
			u.place.Leave()
			u.input.ready = true
			u.Wake()
			continue
		}
		what := "silent since it was accepted"
		if u.place.List() == &p.places.idle {
			what = "idle between requests"
		}
		u.drop(fmt.Errorf("%s, and its place is needed for another client", what))
		return true
	}
	return false
}
