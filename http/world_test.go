package http_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sockhttp/http"
	"sockhttp/sock"
	"sockhttp/sock/socktest"
	"sockhttp/timer"
)

// A world is a server of a directory on a simulated network.
type world struct {
	*socktest.Network
	queue     *timer.Queue
	server    *sock.Server
	directory *http.Directory
	dir       string // that it serves
	routine   sock.Routine
	timeline  *socktest.Timeline
	printed   []string // the request lines
}

// content is what hello.txt of every world holds.
const content = "hello, world\n"

// newWorld starts a server at time 0, with the pace and bytes of the post or
// with the default ones.
func newWorld(t testing.TB, posted bool) *world {
	t.Helper()
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "hello.txt"), content)
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	directory := http.NewDirectory(root)
	routine := directory.SockHTTP
	if posted {
		routine = directory.PostedHTTP
	}
	w := newRoutineWorld(routine)
	w.dir, w.directory, w.routine = dir, directory, routine
	directory.Print = func(words []string) { w.printed = append(w.printed, strings.Join(words, " ")) }
	if posted {
		w.server.Pace = sock.Posted()
		w.server.Limits.MaxClients = sock.PostedClients
	}
	w.server.Start()
	return w
}

// newRoutineWorld makes a server of routine. It is to be started.
func newRoutineWorld(routine sock.Routine) *world {
	w := &world{Network: socktest.New()}
	w.queue = timer.NewQueue(w.Clock())
	w.server = sock.NewServer(w.queue, w.Listener(), routine)
	w.timeline = w.NewTimeline()
	w.server.Trace = sock.TraceAll(w.timeline.Record)
	return w
}

func writeFile(t testing.TB, name, data string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(data), 0o666); err != nil {
		t.Fatal(err)
	}
}

func (w *world) run(until time.Duration) { w.Run(w.queue, until) }

// patience is longer than any client can keep a unit that has been answered,
// or has a header to send.
const patience = 25 * time.Second

// ask plays a client that sends request, in these pieces and 30 ms apart, and
// returns what it got.
func (w *world) ask(t testing.TB, request ...string) *socktest.Client {
	t.Helper()
	var steps []socktest.Step
	for _, piece := range request {
		steps = append(steps, socktest.Send(piece), socktest.Pause(30*time.Millisecond))
	}
	c := w.Connect(socktest.Script{Connect: w.Now(), Steps: steps})
	w.run(w.Now() + patience)
	w.wantIdle(t)
	return c
}

// wantIdle checks that nothing is left of any client: no connection, no unit,
// and no timer but the listener's.
func (w *world) wantIdle(t testing.TB) {
	t.Helper()
	if n := w.NumOpen(); n != 0 {
		t.Errorf("%d connections are left open", n)
	}
	if n := w.queue.Len(); n != 1 {
		t.Errorf("%d timers are left, want the listener's alone", n)
	}
	if n := w.server.NumUnits(); n != 0 {
		t.Errorf("%d units are left", n)
	}
}

const get = "GET /hello.txt HTTP/1.1\r\nHost: localhost\r\n\r\n"

const postedReply = "HTTP/1.1 200 OK\r\nContent-Length: 13\r\nConnection: close\r\n\r\n" + content
