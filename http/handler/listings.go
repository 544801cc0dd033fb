package handler

import (
	nethttp "net/http"
	"os"
	"slices"
	"time"

	"sockhttp/sock"
)

// Listings are those that are being made or were made just now, oldest first. A
// crowd that asks for one costs no more than one.
type listings []*sharedListing

// A sharedListing is one that several clients may wait for.
type sharedListing struct {
	*listing
	maker    *sock.Unit // the client whose callbacks make it, one step in each
	waiting  int        // clients
	finished time.Time
}

const (
	maxListings = 16          // that are held at once; who asks for another waits
	maxKept     = 16 << 20    // bytes of the pages that are kept
	keptFor     = time.Second // how long a page is kept, if the directory does not change
)

// find returns the listing that r asks for, or nil if r asks for anything else.
// It is not ok if too many are being made: then it is to be called again.
func (ls *listings) find(s fileServer, r *nethttp.Request, client *sock.Unit) (found *sharedListing, ok bool) {
	_, name, asDirectory := s.parse(r)
	if !asDirectory || r.ContentLength != 0 || r.Method != nethttp.MethodGet && r.Method != nethttp.MethodHead {
		return nil, true
	}
	now := client.Now()
	*ls = slices.DeleteFunc(*ls, func(l *sharedListing) bool { return l.done && now.Sub(l.finished) >= keptFor })
	at := slices.IndexFunc(*ls, func(l *sharedListing) bool { return l.name == name })
	if at >= 0 && !(*ls)[at].done {
		return (*ls)[at], true
	}
	if len(*ls) == maxListings && !slices.ContainsFunc(*ls, func(l *sharedListing) bool { return l.done }) {
		return nil, false
	}
	directory, info := s.openDirectory(name)
	if directory == nil {
		return nil, true
	}
	if at >= 0 {
		if l := (*ls)[at]; os.SameFile(l.info, info) && l.info.ModTime().Equal(info.ModTime()) {
			directory.Close()
			return l, true
		}
		*ls = slices.Delete(*ls, at, at+1)
	}
	if len(*ls) == maxListings {
		ls.dropPage()
	}
	l := &sharedListing{listing: newListing(s.tree, name, directory, info)}
	*ls = append(*ls, l)
	return l, true
}

// advance makes a step of l if it is client's turn to, and reports whether l is
// done.
func (ls *listings) advance(l *sharedListing, client *sock.Unit) bool {
	if l.done {
		return true
	}
	if l.maker == nil || l.maker.Value == nil { // the maker is gone
		l.maker = client
	}
	if l.maker != client {
		return false
	}
	l.step(client.Now)
	if !l.done {
		return false
	}
	l.maker, l.finished = nil, client.Now()
	for ls.kept() > maxKept {
		ls.dropPage()
	}
	return true
}

// wait notes that client waits for l, until it leaves or is gone.
func (ls *listings) wait(l *sharedListing, client *sock.Unit) {
	l.waiting++
	client.OnFree = func(error) { ls.leave(l, client) }
}

// leave ends a wait. What nobody waits for is not made.
func (ls *listings) leave(l *sharedListing, client *sock.Unit) {
	client.OnFree = nil
	l.waiting--
	if l.waiting > 0 || l.done {
		return
	}
	l.close()
	if at := slices.Index(*ls, l); at >= 0 {
		*ls = slices.Delete(*ls, at, at+1)
	}
}

// kept is how many bytes the pages have that are done.
func (ls *listings) kept() (n int) {
	for _, l := range *ls {
		if l.done {
			for _, piece := range l.page {
				n += len(piece)
			}
		}
	}
	return n
}

// dropPage forgets the oldest that is done.
func (ls *listings) dropPage() {
	at := slices.IndexFunc(*ls, func(l *sharedListing) bool { return l.done })
	*ls = slices.Delete(*ls, at, at+1)
}
