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
	"time"

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

// A listing is made by one callback after another. Each looks up 200 names, or
// 20 links, or reads or writes 1000 names.
func TestListingInSteps(t *testing.T) {
	for _, test := range []struct{ names, hidden, links, calls int }{
		{0, 0, 0, 1}, {33, 0, 0, 1}, {100, 0, 0, 1}, {1000, 0, 0, 1 + 5 + 2}, {0, 2500, 0, 3},
		{0, 0, 10, 1}, {0, 0, 20, 2}, {0, 0, 100, 1 + 5}, {5000, 0, 0, 5 + 5 + 2 + 5}, {4600, 0, 0, 10 + 1 + 5},
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
	w.newDirectory(t, "many", strings.Repeat("\"", 240)+"%d", 500)
	r := &pieceRecorder{httptest.NewRecorder(), 0}
	handler.FileServer(w.root, false).ServeHTTP(r, httptest.NewRequest("GET", "/many/", nil))
	if body := r.Body.String(); r.largest > 256<<10 || strings.Count(body, "<tr>") != 501 || !strings.HasSuffix(body, "</html>\n") {
		t.Errorf("%d rows are listed, %d bytes of %d at once; the page ends in %.40q", strings.Count(body, "<tr>"), r.largest, len(body), body[max(0, len(body)-40):])
	}
}

// While a listing is made, others are answered; and those who ask for it get
// the same one, which one client's callbacks make.
func TestListingIsShared(t *testing.T) {
	w := newFileWorld(t, false, map[string]string{"hello.txt": content})
	w.newLinks(t, "many", "%d", 1000)
	calls := w.calls()
	crowd := []*socktest.Client{w.Connect(script(0, socktest.Send(listMany)))}
	for range 20 {
		crowd = append(crowd, w.Connect(script(ms, socktest.Send(listMany))))
	}
	other := w.Connect(script(ms, socktest.Send("GET /hello.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")))
	w.Run(patience)
	for _, c := range crowd {
		if !bytes.Equal(c.Received, crowd[0].Received) || bytes.Count(c.Received, []byte("<tr>")) != 1001 {
			t.Fatalf("the reply has %d bytes, that of the first has %d", len(c.Received), len(crowd[0].Received))
		}
	}
	if first, last := calls[firstAddress], calls["198.51.100.1:1044"]; first != 53 || last == 0 || last > 53-9 {
		t.Errorf("the routine was called %d times for the first client and %d times for the last: %v", first, last, calls)
	}
	if other.FirstByte > 2*ms-ms/2 || crowd[0].FirstByte < 2*ms {
		t.Errorf("another client that came at 1ms was answered at %v, and the first of the crowd at %v", other.FirstByte, crowd[0].FirstByte)
	}
	w.WantIdle(t)
}

// A client that leaves while its callbacks make a listing takes nothing from the
// others, whose callbacks go on with it, and nothing is left of the client.
func TestListingForAClientThatLeaves(t *testing.T) {
	w := newFileWorld(t, false, nil)
	w.newLinks(t, "many", "%d", 500)
	calls := w.calls()
	w.Connect(script(0, socktest.Send(listMany), socktest.Pause(ms/2), socktest.Reset()))
	stays := w.Connect(script(0, socktest.Send(listMany)))
	w.Run(20 * ms)
	if n := bytes.Count(stays.Received, []byte("<tr>")); n != 501 {
		t.Errorf("%d rows are listed for the client that stays", n)
	}
	if n := calls[firstAddress]; n > 6 {
		t.Errorf("the routine was called %d times for the client that leaves; it leaves after 5", n)
	}
	w.Run(patience)
	w.WantIdle(t)
}

// A page is kept for a second after it was made, unless a name comes or goes.
func TestListingIsKept(t *testing.T) {
	w := newFileWorld(t, false, map[string]string{"many/a": "1"})
	list := func(after time.Duration) *socktest.Client {
		return w.Connect(script(w.Now()+after, socktest.Send(listMany)))
	}
	shows := func(c *socktest.Client, want string) {
		t.Helper()
		if !strings.Contains(string(c.Received), want) {
			t.Errorf("the listing has no %q:\n%s", want, c.Received)
		}
	}
	list(0)
	w.Run(500 * ms)
	writeFile(t, filepath.Join(w.dir, "many", "a"), "12")
	kept, anew := list(400*ms), list(600*ms)
	w.Run(2 * time.Second)
	shows(kept, "1 B")
	shows(anew, "2 B")
	writeFile(t, filepath.Join(w.dir, "many", "b"), "")
	if err := os.Chtimes(filepath.Join(w.dir, "many"), time.Time{}, fileTime); err != nil { // should the clock of files be too coarse
		t.Fatal(err)
	}
	list(0)
	w.Run(2500 * ms)
	writeFile(t, filepath.Join(w.dir, "many", "c"), "")
	changed := list(0)
	w.Run(patience)
	shows(changed, "./c")
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

// Listings that are begun and never waited for are forgotten: they keep nobody
// from another, and nothing open.
func TestListingsThatNobodyWaitsFor(t *testing.T) {
	w := newFileWorld(t, false, nil)
	for i := range 20 {
		dir := fmt.Sprintf("many%d", i)
		w.newLinks(t, dir, "%d", 100)
		w.Connect(script(0, socktest.Send(strings.Replace(listMany, "many", dir, 1)), socktest.Pause(ms/4), socktest.Reset()))
	}
	w.newLinks(t, "another", "%d", 100)
	before := w.Now()
	c := w.Connect(script(10*ms, socktest.Send(strings.Replace(listMany, "many", "another", 1))))
	w.Run(patience)
	if n := bytes.Count(c.Received, []byte("<tr>")); n != 101 || c.FirstByte-before > 15*ms {
		t.Errorf("%d rows are listed at %v", n, c.FirstByte-before)
	}
	w.WantIdle(t)
}

// Pages are kept up to 16 MiB; then the oldest is made anew when it is asked for.
func TestKeptListingsAreBounded(t *testing.T) {
	w := newFileWorld(t, false, nil)
	w.newDirectory(t, "many", strings.Repeat("\"", 240)+"%d", 1500) // 2.9 MB of page
	for i := range 7 {
		if err := os.Symlink("many", filepath.Join(w.dir, fmt.Sprint(i))); err != nil {
			t.Skip("no links here: ", err)
		}
	}
	calls, last := 0, ""
	w.Trace[trace.Dispatched] = func(e trace.Event) {
		if e.Addr.String() != last {
			last, calls = e.Addr.String(), 0
		}
		calls++
	}
	for _, test := range []struct {
		path string
		made bool
	}{{"/0/", true}, {"/0/", false}, {"/1/", true}, {"/2/", true}, {"/3/", true}, {"/4/", true}, {"/5/", true}, {"/6/", true}, {"/6/", false}, {"/0/", true}} {
		c := w.Connect(script(w.Now(), socktest.Send(strings.Replace(listMany, "/many/", test.path, 1))))
		w.Run(w.Now() + 20*ms)
		if n := bytes.Count(c.Received, []byte("<tr>")); n != 1501 {
			t.Fatalf("%s: %d rows are listed: %.200q", test.path, n, c.Received)
		}
		if made := calls > 2; made != test.made {
			t.Errorf("%s: the page is made: %t, in %d calls; want %t", test.path, made, calls, test.made)
		}
	}
	w.Run(w.Now() + patience)
	w.WantIdle(t)
}

// Pages that are being made do not count among those that are kept, though they are
// longer together.
func TestManyLongListingsAtOnce(t *testing.T) {
	w := newFileWorld(t, false, nil)
	w.newDirectory(t, "many", strings.Repeat("\"", 240)+"%d", 1500)
	var crowd []*socktest.Client
	for i := range 16 {
		if err := os.Symlink("many", filepath.Join(w.dir, fmt.Sprint(i))); err != nil {
			t.Skip("no links here: ", err)
		}
		crowd = append(crowd, w.Connect(script(0, socktest.Send(strings.Replace(listMany, "/many/", fmt.Sprintf("/%d/", i), 1)))))
	}
	w.Run(patience)
	for i, c := range crowd {
		if n := bytes.Count(c.Received, []byte("<tr>")); n != 1501 {
			t.Errorf("of listing %d %d rows came, in %d bytes", i, n, len(c.Received))
		}
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

// More listings than are made at once are made one after another.
func TestManyListings(t *testing.T) {
	w := newFileWorld(t, false, nil)
	var crowd []*socktest.Client
	for i := range 20 {
		dir := fmt.Sprintf("many%d", i)
		w.newLinks(t, dir, dir+"-%d", 25)
		crowd = append(crowd, w.Connect(script(0, socktest.Send(strings.Replace(listMany, "many", dir, 1)))))
	}
	w.Run(patience)
	for i, c := range crowd {
		if n := bytes.Count(c.Received, fmt.Appendf(nil, `href="./many%d-`, i)); n != 25 {
			t.Errorf("%d rows of the listing %d", n, i)
		}
	}
	if late := crowd[19].FirstByte; late <= crowd[0].FirstByte {
		t.Errorf("the last was answered at %v, as early as the first", late)
	}
	w.WantIdle(t)
}
