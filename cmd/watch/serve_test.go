package watch

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"net"
	nethttp "net/http"
	"strings"
	"testing"
	"testing/synctest"

	"sockhttp/cmd/control"
	"sockhttp/sock"
	"sockhttp/sock/socktest"
	"sockhttp/sock/tcp"
	"sockhttp/timer"

	"github.com/benbjohnson/clock"
)

// What is not a TCP address cannot be shown, and what is none of this machine's cannot
// serve the page.
func TestStartFails(t *testing.T) {
	for _, test := range []struct {
		listener      sock.Listener
		address, want string
	}{
		{socktest.NewNobody(), "127.0.0.1:0", "watch: <nil> is not a TCP address; give the server the listener that Listener of the control returns"},
		{nobody{Nobody: socktest.NewNobody()}, "127.0.0.1:nowhere", "nowhere"},
	} {
		c := control.New(clock.New())
		queue := timer.NewQueue(c.Clock())
		server := sock.NewServer(queue, c.Listener(test.listener), hello)
		if _, err := Start(test.address, c, queue, server, Options{}); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v, want %s", err, test.want)
		}
	}
}

// The page asks about the server that is shown, and its clients connect to that and ask
// for the path that is given.
func TestWhatThePagesClientsAsk(t *testing.T) {
	for _, test := range []struct {
		ip                     net.IP
		path, address, request string
	}{
		{net.IPv4(192, 0, 2, 1), "", "192.0.2.1:8000", "GET / HTTP/1.1\r\nHost: localhost:8000\r\nConnection: close\r\n\r\n"},
		{net.IPv6loopback, "", "[::1]:8000", "GET / HTTP/1.1\r\nHost: localhost:8000\r\nConnection: close\r\n\r\n"},
		{net.IPv4zero, "/a.jpg", "localhost:8000", "GET /a.jpg HTTP/1.1\r\nHost: localhost:8000\r\nConnection: close\r\n\r\n"},
		{net.IPv6unspecified, "/a.jpg", "localhost:8000", "GET /a.jpg HTTP/1.1\r\nHost: localhost:8000\r\nConnection: close\r\n\r\n"},
	} {
		l := nobody{Nobody: socktest.NewNobody(), ip: test.ip}
		w := newWorldOf(t, clock.New(), l, sock.Posted(), Options{Path: test.path})
		want(t, "the port that the kernel is asked about", w.port, 8000)
		want(t, "the address", w.provoker.address, test.address)
		want(t, "the request", w.provoker.request, test.request)
	}
}

// The end of the page is that of its clients, too.
func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := nobody{socktest.NewNobody(), net.IPv4(127, 0, 0, 1)}
		w := newWorldOf(t, clock.New(), l, sock.Posted(), Options{})
		h := held{w.provoker.ctx, make(chan struct{})}
		w.provoker.ctx = h
		w.serve(l, log.New(io.Discard, "", 0))
		if err := w.provoker.start("ten"); err != nil {
			t.Fatal(err)
		}
		closed := false
		go func() {
			w.Close()
			closed = true
		}()
		synctest.Wait()
		want(t, "the page has ended before its clients", closed, false)
		close(h.until)
		synctest.Wait()
		want(t, "the page has ended", closed, true)
	})
}

// get serves a page on an address, and asks it for a path under a name of its own.
func (w *world) get(address, path, host string, log *log.Logger) (status int, bytes int64) {
	w.t.Helper()
	l, err := tcp.Listen(address)
	if err != nil {
		w.t.Fatal(err)
	}
	w.serve(l, log)
	defer w.Close()
	r, err := nethttp.NewRequest("GET", fmt.Sprintf("http://127.0.0.1:%d%s", portOf(l.Addr()), path), nil)
	if err != nil {
		w.t.Fatal(err)
	}
	r.Host = host
	reply, err := nethttp.DefaultClient.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer reply.Body.Close()
	if bytes, err = io.Copy(io.Discard, reply.Body); err != nil {
		w.t.Fatal(err)
	}
	return reply.StatusCode, bytes
}

// A page that only this machine can open has no names but this machine's own.
func TestLocal(t *testing.T) {
	for _, test := range []struct {
		address, host string
		local         bool
		want          int
	}{
		{"127.0.0.1:0", "localhost", true, 200},
		{"127.0.0.1:0", "test.example", true, 421},
		{"0.0.0.0:0", "test.example", false, 200},
	} {
		w := newWorld(t, sock.Posted(), Options{})
		status, _ := w.get(test.address, "/", test.host, log.New(io.Discard, "", 0))
		want(t, test.address+" is local", w.Local(), test.local)
		want(t, "the page of "+test.host+" at "+test.address, status, test.want)
	}
}

// A history of several megabytes is served whole.
func TestALongHistory(t *testing.T) {
	w := newWorld(t, sock.Posted(), Options{})
	e := entry{Event: wrote, number: 2}
	e.Callback = strings.Repeat("x", 10<<10)
	for range 1000 {
		w.recorder.keep(e)
	}
	if status, bytes := w.get("127.0.0.1:0", "/history.txt", "localhost", log.New(io.Discard, "", 0)); status != 200 || bytes < 8<<20 {
		t.Errorf("%d, %d bytes", status, bytes)
	}
}

// What goes wrong in the page is in the server's log.
func TestThePagesLog(t *testing.T) {
	w := newWorld(t, sock.Posted(), Options{})
	w.control = nil // which a picture asks for the time
	var logged bytes.Buffer
	status, _ := w.get("127.0.0.1:0", "/history.svg", "localhost", log.New(&logged, "", 0))
	if status != 500 || !strings.Contains(logged.String(), "nil pointer") {
		t.Errorf("%d, and the log says %q", status, &logged)
	}
}
