package handler

import (
	"cmp"
	"io"
	"io/fs"
	nethttp "net/http"
	"os"
	"slices"
	"strings"

	"sockhttp/http"
	"sockhttp/http/internal/files"
)

// maxListed is how many names of a directory are listed at most.
const maxListed = 5000

// A listing is a page that lists a directory. To make it takes longer than
// others should wait, so it is made in steps.
type listing struct {
	tree      tree
	name      string      // of the directory, in the tree
	info      fs.FileInfo // of the directory
	directory *os.File    // to read names from; nil once all are read

	found  []fs.DirEntry // read, and not yet looked up
	listed int           // names looked up
	more   bool          // the directory has more than these
	rows   []row         // of those that can be had

	page    []byte // nil before the rows are sorted
	written int    // rows that are in the page
	done    bool
	refused *http.StatusError // in place of the page
}

// newListing begins to list the directory that is open, which it closes.
func newListing(t tree, name string, directory *os.File, info fs.FileInfo) *listing {
	return &listing{tree: t, name: name, info: info, directory: directory}
}

// What a step costs, and what the work costs of which it is made. These are
// numbers and no times, so a simulation takes the same steps each time. A step
// takes about half a millisecond.
const (
	stepCost = 100
	nameCost = 2  // to look up a name
	linkCost = 20 // or a symbolic link, which may lead deep down
	rowCost  = 1  // to write a row
	sortRows = 50 // to sort so many costs 1
)

// step does a part of the work.
func (l *listing) step() {
	for cost := 0; cost < stepCost && !l.done; {
		cost += l.next()
	}
}

// next does the least part of the work, and returns what it costs.
func (l *listing) next() int {
	switch {
	case l.directory != nil:
		return l.lookUp()
	case l.page == nil:
		sortRowsByName(l.rows)
		l.page = l.newPage()
		return len(l.rows) / sortRows
	case l.written < len(l.rows):
		l.page = append(l.page, l.rows[l.written].html...)
		l.written++
		return rowCost
	}
	l.page = append(l.page, l.pageEnd()...)
	l.rows, l.done = nil, true
	return 0
}

// lookUp looks up the next name of the directory.
func (l *listing) lookUp() int {
	if len(l.found) == 0 {
		var err error
		if l.found, err = l.directory.ReadDir(stepCost / nameCost); err == io.EOF {
			l.close()
			return 0
		} else if err != nil {
			l.fail(err)
			return 0
		}
	}
	entry := l.found[0]
	name := entry.Name()
	l.found = l.found[1:]
	if _, err := l.tree.local(l.path() + name); err != nil {
		return nameCost // it is hidden
	}
	if l.listed == maxListed {
		l.more = true
		l.close()
		return nameCost
	}
	l.listed++
	cost := nameCost
	info, err := entry.Info()
	if err == nil && info.Mode()&fs.ModeSymlink != 0 {
		info, err = l.tree.stat(l.path() + name)
		cost = linkCost
	}
	if err == nil && files.IsServable(info) {
		l.rows = append(l.rows, newRow(name, info))
	}
	return cost
}

// path is the directory's, with a slash at its end.
func (l *listing) path() string { return strings.TrimSuffix(l.name, "/") + "/" }

// fail ends the work with what clients are told.
func (l *listing) fail(err error) {
	l.close()
	l.done, l.refused = true, http.FileError(err)
	if l.refused.Status == nethttp.StatusNotFound {
		l.refused = &http.StatusError{Status: nethttp.StatusInternalServerError, Detail: "the folder cannot be read; try again later, or see to it on the server"}
	}
}

func (l *listing) close() {
	l.directory.Close()
	l.directory = nil
}

// sortRowsByName puts directories first, and in either group names in the order
// of the alphabet.
func sortRowsByName(rows []row) {
	slices.SortFunc(rows, func(a, b row) int {
		if a.isDir != b.isDir {
			if a.isDir {
				return -1
			}
			return 1
		}
		return cmp.Or(strings.Compare(a.lower, b.lower), strings.Compare(a.name, b.name))
	})
}

// ServeHTTP answers with the page, which may have no scripts, whatever a file is
// called.
func (l *listing) ServeHTTP(w nethttp.ResponseWriter, r *nethttp.Request) {
	if l.refused != nil {
		refuse(w, l.refused)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	if w, ok := w.(*response); ok {
		w.writeShared(l.page)
		return
	}
	w.Write(l.page)
}
