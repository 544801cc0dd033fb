package handler_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sockhttp/sock/socktest"
	"sockhttp/sock/trace"
)

// While a listing is made, others are answered; and those who ask for it get
// the same one, which one client's callbacks make.
func TestListingIsShared(t *testing.T) {
	w := newFileWorld(t, false, map[string]string{"hello.txt": content})
	w.newLinks(t, "many", "%d", 1000)
	calls := w.calls()
	count := w.Trace[trace.Dispatched]
	w.Trace[trace.Dispatched] = func(e trace.Event) {
		if e.Addr.String() != firstAddress && len(calls) == 1 { // what they would list is another directory by now
			writeFile(t, filepath.Join(w.dir, "many", "new"), "")
		}
		count(e)
	}
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
	if first, last := calls[firstAddress], calls["198.51.100.1:1044"]; first != 54 || last == 0 || last > 53-9 {
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
	w.newDirectory(t, "many", "%d", 4600)
	calls := w.calls()
	w.Connect(script(0, socktest.Send(listMany), socktest.Pause(ms/5), socktest.Reset()))
	stays := w.Connect(script(0, socktest.Send(listMany)))
	w.Run(20 * ms)
	if n := bytes.Count(stays.Received, []byte("<tr>")); n != 4601 {
		t.Errorf("%d rows are listed for the client that stays", n)
	}
	if n := calls[firstAddress]; n > 3 {
		t.Errorf("the routine was called %d times for the client that leaves, which it does while names are read", n)
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
	w.newDirectory(t, "many", strings.Repeat("'", 240)+"%d", 1500) // 2.9 MB of page
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

// A page that is too old is made anew only when there is a place for it among those
// that are being made.
func TestAnOldPageWaitsForItsPlace(t *testing.T) {
	w := newFileWorld(t, false, map[string]string{"small/a": "1"})
	list := func(dir string) *socktest.Client {
		return w.Connect(script(w.Now(), socktest.Send(strings.Replace(listMany, "many", dir, 1))))
	}
	list("small")
	w.Run(100 * ms)
	if err := os.Chtimes(filepath.Join(w.dir, "small"), time.Time{}, fileTime); err != nil {
		t.Fatal(err)
	}
	var large []*socktest.Client
	for i := range 4 {
		w.newLinks(t, fmt.Sprint(i), "%d", 500)
		large = append(large, list(fmt.Sprint(i)))
	}
	w.Run(w.Now() + ms/2)
	small := list("small")
	w.Run(patience)
	if small.FirstByte < large[0].FirstByte || len(small.Received) == 0 {
		t.Errorf("it was answered at %v, before %v, when the first of four others was done", small.FirstByte, large[0].FirstByte)
	}
	w.WantIdle(t)
}

// Pages that are being made do not count among those that are kept, though they are
// longer together.
func TestManyLongListingsAtOnce(t *testing.T) {
	w := newFileWorld(t, false, nil)
	w.newDirectory(t, "many", strings.Repeat("'", 240)+"%d", 1500)
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

// Many who list a directory each do not keep another waiting for all of them, though
// each listing takes but one step.
func TestManyShortListings(t *testing.T) {
	w := newFileWorld(t, false, map[string]string{"hello.txt": content, "many/a": "1"})
	const crowd = 200
	for i := range crowd {
		if err := os.Symlink("many", filepath.Join(w.dir, fmt.Sprint(i))); err != nil {
			t.Skip("no links here: ", err)
		}
		w.Connect(script(0, socktest.Send(strings.Replace(listMany, "/many/", fmt.Sprintf("/%d/", i), 1))))
	}
	other := w.Connect(script(0, socktest.Send("GET /hello.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")))
	listed, before := 0, -1
	w.Trace[trace.Replied] = func(e trace.Event) {
		if e.Addr == other.Addr() {
			before = listed
		}
		listed++
	}
	w.Run(patience)
	if listed != crowd+1 || before < 0 || before > 12 {
		t.Errorf("%d of %d replies came before that of the other", before, listed)
	}
	w.WantIdle(t)
}
