package handler

import (
	nethttp "net/http"
	"slices"

	"sockhttp/sock"
)

// Listings are those that are made in steps, by the callbacks of the clients who
// wait for them. A crowd that asks for one costs no more than one.
type listings struct {
	making []*sharedListing
	pages  pages
}

// A sharedListing is one that several clients may wait for.
type sharedListing struct {
	*listing
	maker   *sock.Unit // the client whose callbacks make it, one step in each
	waiting int        // clients
}

// maxMaking is how many listings are made at once. Each takes a step before
// another client is answered; who asks for one more waits.
const maxMaking = 4

// find returns the listing that r asks for, or nil if r asks for anything else.
// It is not ok if too many are being made: then it is to be called again.
func (ls *listings) find(s fileServer, r *nethttp.Request, client *sock.Unit) (found *sharedListing, ok bool) {
	_, name, asDirectory := s.parse(r)
	if !asDirectory || r.ContentLength != 0 || r.Method != nethttp.MethodGet && r.Method != nethttp.MethodHead {
		return nil, true
	}
	if at := slices.IndexFunc(ls.making, func(l *sharedListing) bool { return l.name == name }); at >= 0 {
		return ls.making[at], true
	}
	page := ls.pages.find(name, client.Now())
	if page == nil && len(ls.making) == maxMaking {
		return nil, false
	}
	directory, info := s.openDirectory(name)
	if directory == nil {
		return nil, true
	}
	if page != nil && page.isOf(info) {
		directory.Close()
		return &sharedListing{listing: page}, true
	}
	if len(ls.making) == maxMaking {
		directory.Close()
		return nil, false
	}
	l := &sharedListing{listing: newListing(s.tree, name, directory, info)}
	ls.making = append(ls.making, l)
	return l, true
}

// advance makes a step of l if it is client's turn to, and reports whether l was
// done before. So a listing that takes one step has others answered between two of
// its kind, too.
func (ls *listings) advance(l *sharedListing, client *sock.Unit) (done bool) {
	if l.done {
		return true
	}
	if l.maker == nil || l.maker.Value == nil { // the maker is gone
		l.maker = client
	}
	if l.maker == client {
		if l.step(client.Now); l.done {
			ls.pages.keep(l.listing, client.Now())
		}
	}
	return false
}

// wait notes that client waits for l, until it leaves or is gone.
func (ls *listings) wait(l *sharedListing, client *sock.Unit) {
	l.waiting++
	client.OnFree = func(error) { ls.leave(l, client) }
}

// leave ends a wait. What nobody waits for is not made any more.
func (ls *listings) leave(l *sharedListing, client *sock.Unit) {
	client.OnFree = nil
	l.waiting--
	if l.waiting > 0 {
		return
	}
	l.close()
	if at := slices.Index(ls.making, l); at >= 0 {
		ls.making = slices.Delete(ls.making, at, at+1)
	}
}
