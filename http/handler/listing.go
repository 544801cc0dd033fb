package handler

import (
	"cmp"
	"io"
	"io/fs"
	nethttp "net/http"
	"os"
	"slices"
	"strings"
	"time"

	"sockhttp/http"
	"sockhttp/http/internal/files"
)

// A directory is listed with so many names at most and, if it has more than
// maxSized, with names alone: to look up what a file is takes several times as
// long as to read its name.
const (
	maxListed = 5000
	maxSized  = 1000
)

// A listing is a page that lists a directory. To make it takes longer than
// others should wait, so it is made in steps.
type listing struct {
	tree      tree
	name      string      // of the directory, in the tree
	info      fs.FileInfo // of the directory
	directory *os.File    // to read names from; nil once all are read
	root      *os.Root    // the directory, to look names up in; nil unless that has begun

	found  []fs.DirEntry // names, of which there is no row yet
	more   bool          // the directory has more than these
	isBare bool          // names are listed alone
	rows   []row
	html   []byte // that of the last rows

	page    [][]byte // in pieces; nil before the rows are sorted
	left    int      // bytes of the page that are not in it yet
	order   []int32  // the rows that are not in the page yet, sorted
	done    bool
	refused *http.StatusError // in place of the page

	finished time.Time // when it was done, if it is kept
}

// newListing begins to list the directory that is open, which it closes.
func newListing(t tree, name string, directory *os.File, info fs.FileInfo) *listing {
	l := &listing{tree: t, name: name, info: info}
	// One that was opened in a root looks up each name that it reads.
	var err error
	if l.directory, err = duplicate(directory, directory.Name()); err != nil {
		l.fail(err)
	}
	directory.Close()
	return l
}

// A step ends when its work has cost stepCost, which is about a millisecond and
// the same in each simulation, or on a slow disk when stepTime is over.
const (
	stepCost = 1000
	stepTime = 2 * time.Millisecond

	batch      = 100 // names are read, and rows written, by so many, each of which costs 1
	bareCost   = 1   // to make a row of a name alone
	infoCost   = 5   // or with what the file is
	linkCost   = 50  // or a symbolic link, which may lead deep down
	sortedRows = 4   // to sort so many costs 1
)

// step does a part of the work.
func (l *listing) step(now func() time.Time) {
	end := now().Add(stepTime)
	for cost := 0; !l.done && cost < stepCost && (cost == 0 || now().Before(end)); {
		cost += l.next()
	}
}

// next does the least part of the work, and returns what it costs.
func (l *listing) next() (cost int) {
	switch {
	case l.directory != nil:
		return l.read()
	case len(l.found) > 0:
		for range min(batch, len(l.found)) {
			cost += l.addRow(l.found[0])
			l.found = l.found[1:]
			if !l.isBare {
				break
			}
		}
		if len(l.found) == 0 {
			cost += len(l.rows) / sortedRows // so that to sort many begins a step
		}
		return cost
	case l.page == nil:
		l.sortRows()
		l.beginPage()
		return len(l.rows) / sortedRows
	case len(l.order) > 0:
		some := l.order[:min(batch, len(l.order))]
		for _, i := range some {
			l.appendPage(l.rows[i].html)
		}
		l.order = l.order[len(some):]
		return len(some)
	}
	l.appendPage([]byte(l.pageEnd()))
	l.close()
	l.rows, l.html, l.order, l.done = nil, nil, nil, true
	return 0
}

// read reads the next names of the directory.
func (l *listing) read() (cost int) {
	entries, err := l.directory.ReadDir(batch)
	switch {
	case err == io.EOF:
		l.closeDirectory()
		return 0
	case err != nil:
		l.fail(err)
		return 0
	}
	for _, entry := range entries {
		if _, err := l.tree.local(l.path() + entry.Name()); err != nil {
			continue // it is hidden
		}
		if len(l.found) == maxListed {
			l.more = true
			l.closeDirectory()
			break
		}
		l.found = append(l.found, entry)
	}
	l.isBare = len(l.found) > maxSized
	return len(entries)
}

// addRow makes a row of a name, unless what it names cannot be had. Of a name
// alone, where a link leads is not known.
func (l *listing) addRow(entry fs.DirEntry) (cost int) {
	name, isLink := entry.Name(), entry.Type()&fs.ModeSymlink != 0
	if l.isBare {
		if isLink || entry.IsDir() || entry.Type().IsRegular() {
			l.appendRow(name, entry.IsDir(), nil)
		}
		return bareCost
	}
	info, err := l.lookUp(name, isLink)
	if err == nil && files.IsServable(info) {
		l.appendRow(name, info.IsDir(), info)
	}
	if isLink {
		return linkCost
	}
	return infoCost
}

// lookUp returns what a name, or the file that a link leads to, is.
func (l *listing) lookUp(name string, isLink bool) (info fs.FileInfo, err error) {
	if isLink {
		return l.tree.stat(l.path() + name)
	}
	if l.root == nil {
		if l.root, err = l.tree.openRoot(l.name); err != nil {
			return nil, err
		}
	}
	return l.root.Lstat(name)
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

// close closes what is open.
func (l *listing) close() {
	l.closeDirectory()
	if l.root != nil {
		l.root.Close()
		l.root = nil
	}
}

func (l *listing) closeDirectory() {
	l.directory.Close() // of nil does nothing
	l.directory = nil
}

// sortRows puts directories first, and in either group names in the order of the
// alphabet. Numbers are moved for that, which is quicker than to move the rows.
func (l *listing) sortRows() {
	l.order = make([]int32, len(l.rows))
	for i := range l.order {
		l.order[i] = int32(i)
	}
	slices.SortFunc(l.order, func(i, j int32) int {
		a, b := &l.rows[i], &l.rows[j]
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
	for _, piece := range l.page {
		w.Write(piece)
	}
}
