package watch

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	nethttp "net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sockhttp/cmd/control"
	"sockhttp/sock"
	"sockhttp/sock/socktest"
	"sockhttp/timer"

	"github.com/benbjohnson/clock"
)

// A world is a page, and a server on a simulated network that it shows.
type world struct {
	*Watch
	t       *testing.T
	network *socktest.Network
	shown   *timer.Queue        // of the server that the page shows
	run     func(time.Duration) // plays so much of its time
	call    func(func())        // calls a function on the goroutine of the page
	page    nethttp.Handler
}

func newWorld(t *testing.T, pace sock.Pace, o Options) *world {
	t.Helper()
	n := socktest.New()
	w := newWorldOf(t, n.Clock(), n.Listener(), pace, o)
	w.network, w.call = n, func(f func()) { f() }
	w.run = func(d time.Duration) { n.Run(w.shown, n.Now()+d) }
	return w
}

// newWorldOf returns a world of another clock and listener.
func newWorldOf(t *testing.T, now clock.Clock, l sock.Listener, pace sock.Pace, o Options) *world {
	t.Helper()
	c := control.New(now)
	queue := timer.NewQueue(c.Clock())
	server := sock.NewServer(queue, c.Listener(l), hello)
	server.Pace = pace
	w, err := newWatch(c, queue, server, o)
	if err != nil {
		t.Fatal(err)
	}
	server.Start()
	return &world{Watch: w, t: t, shown: queue, page: w.handler()}
}

// A nobody is a listener with a port, to which no client comes.
type nobody struct {
	socktest.Nobody
	ip net.IP
}

func (n nobody) Addr() net.Addr { return &net.TCPAddr{IP: n.ip, Port: 8000} }

// playWorld plays a world without clients in a bubble: both servers run.
func playWorld(t *testing.T, f func(*world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorldOf(t, clock.New(), nobody{Nobody: socktest.NewNobody()}, sock.Posted(), Options{})
		w.run = func(d time.Duration) {
			time.Sleep(d)
			synctest.Wait()
		}
		w.call = func(f func()) {
			ended := make(chan struct{})
			w.queue.Post(func() { f(); close(ended) })
			<-ended
		}
		w.serve(nobody{Nobody: socktest.NewNobody()}, log.New(io.Discard, "", 0))
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			w.shown.Run(ctx)
			close(ended)
		}()
		f(w)
		stop()
		w.control.Resume()
		<-ended
		w.Close()
	})
}

// connect has a client connect now.
func (w *world) connect(steps ...socktest.Step) {
	w.network.Connect(socktest.Script{Connect: w.network.Now(), Steps: steps})
}

// ask asks the page's server, and returns the status and the body of its reply.
func (w *world) ask(method, path string, form url.Values) (int, string) {
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	rw := httptest.NewRecorder()
	w.call(func() { w.page.ServeHTTP(rw, r) })
	return rw.Code, rw.Body.String()
}

// do gives a command of the page, and plays d of the network's time.
func (w *world) do(command, value string, d time.Duration) {
	w.t.Helper()
	if status, body := w.ask("POST", "/control", url.Values{"do": {command}, "value": {value}}); status != 204 {
		w.t.Fatalf("%s %s: %d %q", command, value, status, body)
	}
	w.run(d)
}

// events are what the page is told since a number.
func (w *world) events(since uint64) (a answer) {
	w.t.Helper()
	_, body := w.ask("GET", fmt.Sprint("/events?since=", since), nil)
	if err := json.Unmarshal([]byte(body), &a); err != nil {
		w.t.Fatalf("%v in %q", err, body)
	}
	return a
}

func (w *world) history() string {
	_, body := w.ask("GET", "/history.txt", nil)
	return body
}

func want(t *testing.T, name string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: %v, want %v", name, got, want)
	}
}
