// Package watch is a page that shows a server at work while it runs: what each
// unit does, what is pending, and the line that is being run. The page can pause,
// step and slow down the server, and start clients that provoke it. A second
// server serves it, made of the same packages, on a queue and a goroutine of its
// own; the first knows nothing of it.
//
// A program that has a [control.Control] needs two lines more:
//
//	page, err := watch.Start("localhost:8001", c, queue, server, watch.Options{})
//	defer page.Close()
package watch

import (
	"cmp"
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net"
	nethttp "net/http"
	"strconv"
	"sync/atomic"
	"time"

	"sockhttp/cmd/control"
	"sockhttp/cmd/internal/lab"
	"sockhttp/http"
	"sockhttp/http/handler"
	"sockhttp/sock"
	"sockhttp/sock/tcp"
	"sockhttp/sock/trace"
	"sockhttp/timer"

	"github.com/benbjohnson/clock"
)

//go:embed page
var files embed.FS

// A Watch is a page that shows one server.
type Watch struct {
	control  *control.Control
	recorder *recorder
	provoker *provoker
	listings []listing
	start    time.Time // by the queue's clock
	port     int       // of the server that is shown
	own      sock.Pace // its pace at first
	eager    atomic.Bool
	blocks   bool // its routine waits for its client

	// Of the page's own server, and its goroutine's:
	queue    *timer.Queue
	server   *sock.Server
	addr     net.Addr
	asked    time.Time // when a page last asked for events
	watching bool      // events are recorded
	rested   time.Time // by the queue's clock, when they were last; zero before

	stop  func()
	ended chan struct{}
}

// Options are what the page is told of the server. Zero values will do.
type Options struct {
	Path    string // that the page's clients ask for; / unless set
	Routine string // SockHTTP or PostedHTTP: which one answers, if one of them does
	Blocks  bool   // the routine waits for its client, as in IDL
}

// idle is how long events are recorded for a page that no longer asks for them. A
// browser lets a page that is out of sight ask once a minute.
const idle = 90 * time.Second

// Start serves the page on address, a host and a port, and attaches c to the
// queue and the server that it is to show, whose Trace must be set by then and
// whose queue must not run yet.
func Start(address string, c *control.Control, queue *timer.Queue, server *sock.Server, o Options) (*Watch, error) {
	w, err := newWatch(c, queue, server, o)
	if err != nil {
		return nil, err
	}
	listener, err := tcp.Listen(address)
	if err != nil {
		return nil, err
	}
	w.serve(listener, server.Log)
	return w, nil
}

// serve serves the page to whoever connects to a listener.
func (w *Watch) serve(listener sock.Listener, log *log.Logger) {
	w.addr = listener.Addr()
	var allowHost func(string) bool
	if w.Local() {
		allowHost = http.LocalHost()
	}
	w.queue = timer.NewQueue(clock.New())
	w.server = sock.NewServer(w.queue, listener, handler.Routine(w.handler(), &handler.Options{Log: log, AllowHost: allowHost, MaxReply: maxReply}))
	w.server.Log, w.server.Pace.ListenWait = log, time.Second // nobody waits for it
	w.server.Start()
	w.queue.Every(time.Second, w.rest)
	w.ended = make(chan struct{})
	go func() {
		w.queue.Run(w.provoker.ctx)
		close(w.ended)
	}()
}

// newWatch returns a page that nobody serves yet.
func newWatch(c *control.Control, queue *timer.Queue, server *sock.Server, o Options) (*Watch, error) {
	target, ok := c.Addr().(*net.TCPAddr)
	if !ok {
		return nil, fmt.Errorf("watch: %v is not a TCP address; give the server the listener that Listener of the control returns", c.Addr())
	}
	code, err := listings(o.Routine)
	if err != nil {
		return nil, err
	}
	ip := target.IP.String()
	if target.IP.IsUnspecified() {
		ip = "localhost"
	}
	port := strconv.Itoa(target.Port)
	c.Attach(queue, server)
	ctx, stop := context.WithCancel(context.Background())
	w := &Watch{
		control: c, recorder: newRecorder(), listings: code, start: queue.Now(), port: target.Port,
		own: server.Pace, blocks: o.Blocks, stop: stop,
		provoker: &provoker{
			ctx: ctx, address: net.JoinHostPort(ip, port),
			request: "GET " + cmp.Or(o.Path, "/") + " HTTP/1.1\r\nHost: localhost:" + port + "\r\nConnection: close\r\n\r\n",
		},
	}
	w.eager.Store(w.own.Eager)
	return w, nil
}

const maxReply = 16 << 20 // bytes: the history is not a small one

// Addr is where the page is served.
func (w *Watch) Addr() net.Addr { return w.addr }

// Local reports whether only this machine can open the page.
func (w *Watch) Local() bool {
	return w.addr.(*net.TCPAddr).IP.IsLoopback()
}

// Close ends the page, and the clients that it has started. Call it when the
// server's queue no longer runs, or its goroutine may call it.
func (w *Watch) Close() {
	w.queue.Post(func() { w.server.Shutdown(0, w.stop) })
	<-w.ended
	w.provoker.clients.Wait()
}

// rest stops recording when no page has asked for a while. What is paused stays.
func (w *Watch) rest() {
	if w.watching && time.Since(w.asked) > idle && !w.control.State().Paused {
		w.watching, w.rested = false, w.control.Clock().Now()
		w.control.Observe(nil)
	}
}

// wake begins to record when a page asks.
func (w *Watch) wake() {
	if w.asked = time.Now(); !w.watching {
		w.watching = true
		w.recorder.reset()
		if !w.rested.IsZero() {
			w.recorder.skip(w.rested, w.control.Clock().Now())
		}
		w.control.Observe(w.recorder.record)
	}
}

func (w *Watch) pace() string {
	if w.eager.Load() {
		return "eager"
	}
	return "posted"
}

// policy has the browser ask nobody else for anything.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

func (w *Watch) handler() nethttp.Handler {
	page, _ := fs.Sub(files, "page") // the name is that of the directive above
	mux := nethttp.NewServeMux()
	mux.Handle("GET /", nethttp.FileServerFS(page))
	mux.HandleFunc("GET /events", func(rw nethttp.ResponseWriter, r *nethttp.Request) {
		since, _ := strconv.ParseUint(r.FormValue("since"), 10, 64) // 0: all that is kept
		w.wake()
		writeJSON(rw, w.answer(since))
	})
	mux.HandleFunc("GET /code", func(rw nethttp.ResponseWriter, r *nethttp.Request) { writeJSON(rw, w.listings) })
	mux.HandleFunc("GET /history.txt", func(rw nethttp.ResponseWriter, r *nethttp.Request) {
		rw.Header().Set("Content-Type", "text/plain; charset=utf-8")
		rw.Write(appendHistory(nil, w.start, w.recorder.history()))
	})
	mux.HandleFunc("GET /history.svg", func(rw nethttp.ResponseWriter, r *nethttp.Request) {
		from, to := seconds(r.FormValue("from"), 0), seconds(r.FormValue("to"), w.control.Clock().Since(w.start))
		rw.Header().Set("Content-Type", "image/svg+xml")
		rw.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
		io.WriteString(rw, draw(w.start, w.recorder.history(), from, to))
	})
	laboratory := lab.Handler()
	mux.Handle("GET /lab/", laboratory)
	mux.Handle("POST /lab/", laboratory)
	mux.HandleFunc("POST /control", w.command)
	mux.HandleFunc("POST /provoke", func(rw nethttp.ResponseWriter, r *nethttp.Request) {
		if err := w.provoker.start(r.FormValue("kind")); err != nil {
			nethttp.Error(rw, err.Error(), nethttp.StatusBadRequest)
			return
		}
		rw.WriteHeader(nethttp.StatusNoContent)
	})
	guarded := nethttp.NewCrossOriginProtection().Handler(mux)
	return nethttp.HandlerFunc(func(rw nethttp.ResponseWriter, r *nethttp.Request) {
		h := rw.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		// A link may lead here from elsewhere; a page from elsewhere has no other use for this one.
		if r.Header.Get("Sec-Fetch-Site") == "cross-site" && r.Header.Get("Sec-Fetch-Mode") != "navigate" {
			nethttp.Error(rw, "403 Forbidden: this is for the page of this server alone; open that in a tab of its own", nethttp.StatusForbidden)
			return
		}
		guarded.ServeHTTP(rw, r)
	})
}

// seconds is the time that text says, or otherwise if that says none.
func seconds(text string, otherwise time.Duration) time.Duration {
	s, err := strconv.ParseFloat(text, 64)
	if err != nil || !(s >= 0 && s <= 1e9) { // nor if it is not a number
		return otherwise
	}
	return time.Duration(s * float64(time.Second))
}

func writeJSON(rw nethttp.ResponseWriter, v any) {
	rw.Header().Set("Content-Type", "application/json")
	json.NewEncoder(rw).Encode(v)
}

// command does what a button of the page asks for.
func (w *Watch) command(rw nethttp.ResponseWriter, r *nethttp.Request) {
	if err := w.do(r.FormValue("do"), r.FormValue("value")); err != nil {
		nethttp.Error(rw, err.Error(), nethttp.StatusBadRequest)
		return
	}
	rw.WriteHeader(nethttp.StatusNoContent)
}

func (w *Watch) do(command, value string) error {
	switch command {
	case "pause":
		w.control.Pause()
	case "resume":
		w.control.Resume()
	case "step":
		w.control.Step()
	case "until":
		match, err := until(value)
		if err != nil {
			return err
		}
		w.control.RunTo(match)
	case "slower":
		times, err := strconv.Atoi(value)
		if err != nil || times < 1 || times > 1000 {
			return fmt.Errorf("%q is not a speed; give how many times slower, from 1 to 1000", value)
		}
		w.control.SetSlower(times)
	case "pace":
		paces := map[string]sock.Pace{"posted": sock.Posted(), "eager": sock.Eager()}
		to, known := paces[value]
		if !known {
			return fmt.Errorf("%q is not a pace; give posted or eager", value)
		}
		pace := w.own // with its times
		pace.Batch, pace.Eager = to.Batch, to.Eager
		if w.own.Eager && !to.Eager {
			pace.ListenWait = to.ListenWait // an eager poll may be longer, since anything that is due ends it
		}
		w.eager.Store(to.Eager)
		w.control.SetPace(pace)
	default:
		return fmt.Errorf("there is no command %q", command)
	}
	return nil
}

// until returns what is true of an event of a kind, of a unit, or of any but an
// empty poll's.
func until(value string) (func(trace.Event) bool, error) {
	if unit, err := strconv.Atoi(value); err == nil {
		return func(e trace.Event) bool { return e.LUN == unit }, nil
	}
	for kind, name := range kinds {
		if name == value {
			return func(e trace.Event) bool { return e.Kind == trace.Kind(kind) }, nil
		}
	}
	return nil, fmt.Errorf("%q is neither the number of a unit nor a kind of event", value)
}
