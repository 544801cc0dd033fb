package handler

import (
	"io/fs"
	"os"
	"slices"
	"sync"
	"time"
)

// Pages are the listings that were made just now, oldest first.
type pages []*listing

const (
	maxPages = 16          // that are kept
	maxKept  = 16 << 20    // bytes of them
	keptFor  = time.Second // how long one is kept, if the directory does not change
)

// find returns the page of that name; nil if none is kept.
func (ps *pages) find(name string, now time.Time) *listing {
	*ps = slices.DeleteFunc(*ps, func(l *listing) bool { return now.Sub(l.finished) >= keptFor })
	if at := slices.IndexFunc(*ps, func(l *listing) bool { return l.name == name }); at >= 0 {
		return (*ps)[at]
	}
	return nil
}

// keep keeps a page that is made, in place of an older one of the same name.
func (ps *pages) keep(l *listing, now time.Time) {
	if l.refused != nil {
		return
	}
	l.finished = now
	*ps = append(slices.DeleteFunc(*ps, func(old *listing) bool { return old.name == l.name }), l)
	for len(*ps) > maxPages || ps.size() > maxKept {
		*ps = slices.Delete(*ps, 0, 1)
	}
}

// size is how many bytes the pages have.
func (ps pages) size() (n int) {
	for _, l := range ps {
		for _, piece := range l.page {
			n += len(piece)
		}
	}
	return n
}

// isOf reports whether l lists the directory that info is of, as it is now.
func (l *listing) isOf(info fs.FileInfo) bool {
	return os.SameFile(l.info, info) && l.info.ModTime().Equal(info.ModTime())
}

// wholeListings are those that are made at once, each by one goroutine, for
// handlers that any goroutine calls.
type wholeListings struct {
	mu     sync.Mutex
	making map[string]func() *listing
	pages  pages

	turns chan struct{} // each who makes one takes a turn
}

func newWholeListings() *wholeListings {
	return &wholeListings{making: map[string]func() *listing{}, turns: make(chan struct{}, maxMaking)}
}

// list lists the directory that is open, which it closes.
func (w *wholeListings) list(t tree, name string, directory *os.File, info fs.FileInfo) *listing {
	w.mu.Lock()
	if page := w.pages.find(name, time.Now()); page != nil && page.isOf(info) {
		w.mu.Unlock()
		directory.Close()
		return page
	}
	result := w.making[name]
	if result != nil {
		directory.Close()
	} else {
		result = sync.OnceValue(func() *listing {
			w.turns <- struct{}{}
			l := newListing(t, name, directory, info)
			defer func() {
				<-w.turns
				w.mu.Lock()
				defer w.mu.Unlock()
				delete(w.making, name)
				if l.done {
					w.pages.keep(l, time.Now())
				}
			}()
			for !l.done {
				l.next()
			}
			return l
		})
		w.making[name] = result
	}
	w.mu.Unlock()
	return result()
}
