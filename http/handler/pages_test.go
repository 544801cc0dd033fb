package handler

import (
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"sockhttp/http"
)

// Pages are kept for a second, 16 and 16 MiB at most; the oldest go first, and one of
// the same name, and a refusal is not kept.
func TestPages(t *testing.T) {
	var ps pages
	at := func(s float64) time.Time { return time.Unix(1000, 0).Add(time.Duration(s * 1e9)) }
	names := func() string {
		var all []string
		for _, l := range ps {
			all = append(all, l.name)
		}
		return strings.Join(all, " ")
	}
	page := func(name string, pieces ...int) *listing {
		l := &listing{name: name, done: true}
		for _, n := range pieces {
			l.page = append(l.page, make([]byte, n))
		}
		return l
	}
	want := func(what, want string) {
		t.Helper()
		if got := names(); got != want {
			t.Errorf("%s: kept are %q, want %q", what, got, want)
		}
	}
	a, b := page("a", 1), page("b", 1)
	ps.keep(a, at(0))
	ps.keep(b, at(0.5))
	if ps.find("a", at(0.999)) != a || ps.find("b", at(0.999)) != b || ps.find("c", at(0.999)) != nil {
		t.Error("the pages are not found")
	}
	if ps.find("a", at(1)) != nil || ps.find("b", at(1)) != b {
		t.Error("a page is found after a second, or one that is younger is not")
	}
	ps.keep(page("a", 1), at(1))
	ps.keep(page("b", 1), at(1.1))
	want("one of the same name", "a b")
	refused := page("c")
	refused.refused = &http.StatusError{Status: 500}
	ps.keep(refused, at(1.1))
	want("a refusal", "a b")
	for i := range 15 {
		ps.keep(page(fmt.Sprint(i), 1), at(1.2))
	}
	want("17 pages", "b 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14")
	ps.keep(page("large", 8<<20, 8<<20-15), at(1.3))
	want("16 MiB", "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 large")
	ps.keep(page("one more", 1), at(1.3))
	want("more than 16 MiB", "1 2 3 4 5 6 7 8 9 10 11 12 13 14 large one more")
	ps.keep(page("much more", 2), at(1.3))
	want("much more", "3 4 5 6 7 8 9 10 11 12 13 14 large one more much more")
}

// Goroutines that ask for one listing get one, four are made at once, and one that
// was made is given again until its directory is changed, or another has its name.
func TestWholeListings(t *testing.T) {
	dir := t.TempDir()
	for i := range 6 {
		if err := os.Mkdir(filepath.Join(dir, fmt.Sprint(i)), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	s := FileServer(root, false).(fileServer)
	list := func(name string) *listing {
		directory, info := s.openDirectory(name)
		l := s.whole.list(s.tree, name, directory, info)
		if err := directory.Close(); err == nil {
			t.Errorf("the directory %s was left open", name)
		}
		return l
	}
	synctest.Test(t, func(t *testing.T) {
		s.whole.turns = make(chan struct{}, cap(s.whole.turns)) // of this bubble
		for range cap(s.whole.turns) {
			s.whole.turns <- struct{}{} // others make theirs
		}
		made := make(chan *listing, 1)
		go func() { made <- list("/0") }()
		synctest.Wait()
		if len(made) > 0 || s.whole.making["/0"] == nil {
			t.Fatal("a fifth is made, or nobody could wait for it")
		}
		for range cap(s.whole.turns) {
			<-s.whole.turns
		}
		first := <-made
		if !first.done || len(s.whole.making) > 0 {
			t.Errorf("the listing is done: %v, and %d are being made", first.done, len(s.whole.making))
		}
		other := &listing{name: "/1", done: true}
		s.whole.making["/1"] = func() *listing { return other }
		if list("/1") != other {
			t.Error("one that is being made is made again")
		}
		delete(s.whole.making, "/1")
		if list("/0") != first {
			t.Error("it is made anew, though nothing has changed")
		}
		all := []*listing{first}
		for i := 1; i < 6; i++ { // each takes a turn and gives it back
			all = append(all, list(fmt.Sprintf("/%d", i)))
		}
		changed := filepath.Join(dir, "0")
		if err := os.Chtimes(changed, time.Time{}, time.Unix(1e9, 0)); err != nil {
			t.Fatal(err)
		}
		again := list("/0")
		if slices.Contains(all, again) {
			t.Error("the directory has changed, and its old page is given")
		}
		os.Rename(changed, filepath.Join(dir, "old"))
		os.Mkdir(changed, 0o777)
		os.Chtimes(changed, time.Time{}, time.Unix(1e9, 0))
		if list("/0") == again {
			t.Error("the directory is another, of the same time, and the page of the old one is given")
		}
		if len(s.whole.making) > 0 {
			t.Errorf("%d listings are still being made", len(s.whole.making))
		}
	})
}

// A folder that fails while it is read is told of, and its page has no names.
func TestAListingThatFails(t *testing.T) {
	for err, want := range map[error]string{
		syscall.EIO:    "500 Internal Server Error: the folder cannot be read; try again later, or see to it on the server\n",
		syscall.EMFILE: "503 Service Unavailable: too many files are open; try again later\n",
	} {
		l := new(listing)
		l.fail(err)
		w := httptest.NewRecorder()
		l.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		if got := fmt.Sprint(w.Code, " ", strings.TrimPrefix(w.Body.String(), fmt.Sprint(w.Code, " "))); got != want {
			t.Errorf("%v: %q, want %q", err, got, want)
		}
	}
}
