package handler_test

import (
	"bytes"
	"fmt"
	nethttp "net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sockhttp/http/handler"
	"sockhttp/sock/socktest"
	"sockhttp/sock/trace"
)

// newDirectory makes a directory in a server's with n files, whose names format
// makes of their numbers.
func (w *world) newDirectory(t testing.TB, name, format string, n int) string {
	t.Helper()
	dir := filepath.Join(w.dir, name)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	one := filepath.Join(t.TempDir(), "empty")
	writeFile(t, one, "")
	for i := range n {
		if err := os.Link(one, filepath.Join(dir, fmt.Sprintf(format, i))); err != nil { // quicker than a file
			t.Fatal(err)
		}
	}
	return dir
}

// newLinks makes a directory like newDirectory, of links to another.
func (w *world) newLinks(t testing.TB, name, format string, n int) {
	t.Helper()
	dir := w.newDirectory(t, name, "", 0)
	for i := range n {
		if err := os.Symlink("..", filepath.Join(dir, fmt.Sprintf(format, i))); err != nil {
			t.Skip("no links here: ", err)
		}
	}
}

// calls counts the calls of the routine for each client from now on.
func (w *world) calls() map[string]int {
	calls := map[string]int{}
	w.Trace[trace.Dispatched] = func(e trace.Event) { calls[e.Addr.String()]++ }
	return calls
}

const firstAddress = "198.51.100.1:1024" // of a network's clients

const listMany = "GET /many/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

// A listing is made by one callback after another, and sent by the next. Each looks
// up 200 names, or 20 links, or reads or writes 1000 names.
func TestListingInSteps(t *testing.T) {
	for _, test := range []struct{ names, hidden, links, calls int }{
		{0, 0, 0, 2}, {33, 0, 0, 2}, {100, 0, 0, 2}, {1000, 0, 0, 1 + 5 + 2 + 1}, {0, 2500, 0, 3 + 1},
		{0, 0, 10, 2}, {0, 0, 20, 3}, {0, 0, 100, 1 + 5 + 1}, {5000, 0, 0, 5 + 5 + 2 + 5 + 1}, {4600, 0, 0, 10 + 1 + 5 + 1},
	} {
		w := newFileWorld(t, false, nil)
		w.newDirectory(t, "many", "%d", test.names)
		w.newDirectory(t, "many", ".%d", test.hidden)
		w.newLinks(t, "many", "link%d", test.links)
		calls := w.calls()
		c := w.Connect(script(0, socktest.Send(listMany)))
		w.Run(patience)
		if n := calls[firstAddress]; n != test.calls {
			t.Errorf("%+v: the routine was called %d times", test, n)
		}
		rows := test.names + test.links + 1 // that of the parent
		if n := bytes.Count(c.Received, []byte("<tr>")); n != rows {
			t.Errorf("%+v: %d rows are listed", test, n)
		}
		w.WantIdle(t)
	}
}

// A pieceRecorder is told how much is written at once.
type pieceRecorder struct {
	*httptest.ResponseRecorder
	largest int
}

func (r *pieceRecorder) Write(p []byte) (int, error) {
	r.largest = max(r.largest, len(p))
	return r.ResponseRecorder.Write(p)
}

// A long page is held in pieces. To make room for all of it at once took 30 ms.
func TestAPageIsHeldInPieces(t *testing.T) {
	w := newFileWorld(t, false, nil)
	w.newDirectory(t, "many", strings.Repeat("'", 240)+"%d", 500)
	r := &pieceRecorder{httptest.NewRecorder(), 0}
	handler.FileServer(w.root, false).ServeHTTP(r, httptest.NewRequest("GET", "/many/", nil))
	if body := r.Body.String(); r.largest > 256<<10 || strings.Count(body, "<tr>") != 501 || !strings.HasSuffix(body, "</html>\n") {
		t.Errorf("%d rows are listed, %d bytes of %d at once; the page ends in %.40q", strings.Count(body, "<tr>"), r.largest, len(body), body[max(0, len(body)-40):])
	}
}

// Without Routine to make it in steps, a listing is the same: on another server,
// and behind a handler that wraps FileServer.
func TestListingAtOnce(t *testing.T) {
	w := newFileWorld(t, false, nil)
	w.newDirectory(t, "many", "%d", 150)
	_, want := w.fetch(t, "/many/")
	files := handler.FileServer(w.root, false)
	recorder := httptest.NewRecorder()
	files.ServeHTTP(recorder, httptest.NewRequest("GET", "/many/", nil))
	wrapped := newHandlerWorld(t, nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		files.ServeHTTP(struct{ nethttp.ResponseWriter }{w}, r)
	}), nil)
	calls := wrapped.calls()
	_, got := wrapped.fetch(t, "/many/")
	if strings.Count(want, "<tr>") != 151 || recorder.Body.String() != want || got != want {
		t.Errorf("the pages have %d, %d and %d bytes", len(want), recorder.Body.Len(), len(got))
	}
	if calls[firstAddress] != 2 { // with the end of the input
		t.Errorf("the routine was called %d times", calls[firstAddress])
	}
}

// Names as long as they may be are listed, though the page is longer than
// a reply may be that is held for one client.
func TestListingOfLongNames(t *testing.T) {
	files := newFileWorld(t, false, nil)
	files.newDirectory(t, "many", "%06d"+strings.Repeat("ü", 122), 300)
	w := newHandlerWorld(t, handler.FileServer(files.root, false), &handler.Options{MaxReply: 300_000})
	c := w.Connect(script(0, socktest.Send(listMany)))
	w.Run(patience)
	if n := bytes.Count(c.Received, []byte("<tr>")); n != 301 || !bytes.HasPrefix(c.Received, []byte("HTTP/1.1 200 OK\r\n")) || len(c.Received) < 300_000 {
		t.Errorf("%d rows in %d bytes, %.100q", n, len(c.Received), c.Received)
	}
	w.WantIdle(t)
}

// A directory with more than 1000 names is listed with names alone, and says so;
// what is no file or directory is not listed.
func TestListingOfNamesAlone(t *testing.T) {
	w := newFileWorld(t, false, nil)
	dir := w.newDirectory(t, "many", "%04d", 999)
	if err := os.Mkdir(filepath.Join(dir, "z"), 0o777); err != nil {
		t.Fatal(err)
	}
	const note = "<p>Sizes and times are not shown, for the folder has more than 1000 names.</p>"
	if _, page := w.fetch(t, "/many/"); strings.Count(page, "0 bytes") != 999 || strings.Contains(page, note) {
		t.Errorf("1000 names are listed as\n%s", page)
	}
	if err := os.Symlink("0000", filepath.Join(dir, "link")); err != nil {
		t.Skip("no links here: ", err)
	}
	_, page := w.fetch(t, "/many/")
	if strings.Contains(page, " bytes") || strings.Count(page, "<tr>") != 1002 || !strings.Contains(page, note) ||
		!strings.Contains(page, "../</a></td></tr>\n<tr><td><a href=\"./z/\">z/</a></td></tr>\n<tr><td><a href=\"./0000\">0000</a></td></tr>\n") || !strings.Contains(page, `<a href="./link">link</a>`) {
		t.Errorf("1001 names are listed as\n%s", page)
	}
}
