package scenario

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"sockhttp/http"
	"sockhttp/http/blocking"
	"sockhttp/sock"
	"sockhttp/sock/socktest"
	"sockhttp/sock/trace"
)

// Content is what hello.txt holds.
const Content = "hello, world\n"

// Play plays the scenario, in a folder that is removed again. It takes up to some
// seconds, and any goroutine may call it. What is too long is refused with an
// [*Error].
func (s *Scenario) Play() (*Result, error) {
	dir, err := os.MkdirTemp("", "scenario")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if s.Swarm != 0 {
		return s.playSwarm(dir)
	}
	if err := s.writeFiles(dir); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return s.play(http.NewDirectory(root))
}

// writeFiles writes the files that are served.
func (s *Scenario) writeFiles(dir string) error {
	err := os.WriteFile(filepath.Join(dir, "hello.txt"), []byte(Content), 0o666)
	for name, size := range s.Files {
		data := strings.Repeat("0123456789", size/10+1)[:size]
		err = errors.Join(err, os.WriteFile(filepath.Join(dir, name), []byte(data), 0o666))
	}
	return err
}

func (s *Scenario) play(directory *http.Directory) (*Result, error) {
	routine := directory.SockHTTP
	if s.Posted {
		routine = directory.PostedHTTP
	}
	w := socktest.NewServer(routine)
	w.Latency, w.Window, w.StepTime = s.Latency, s.Window, s.Step
	if w.Pace = s.Pace; !s.Pace.Eager {
		w.Server.Limits.MaxClients = sock.PostedClients
	}
	r := newRecord(w.Network)
	w.Trace = trace.All(r.record)
	if s.Blocking {
		b := blocking.New(w.Listener())
		b.Wait = w.Wait
		w.At(s.Until, b.Stop)
		server := sock.NewServer(w.Queue, b, routine)
		server.Pace, server.Limits, server.Log, server.Trace = w.Pace, w.Limits, w.Log, w.Trace
		w.Server = server
	}
	var fetched strings.Builder
	fetch := &http.Fetch{Host: "localhost", Path: s.Fetch, To: &fetched}
	if s.Fetch != "" {
		w.Trace = trace.Hooks{}
	}
	w.Start()
	s.drawFaults(w)
	if s.Fetch != "" {
		for range s.Refused {
			w.RefuseDials(errors.New("connection refused"))
		}
		client := sock.NewClient(w.Queue, w.Dialer(), fetch.Routine)
		client.Pace, client.Trace = sock.Posted(), trace.All(r.record)
		client.Start()
	}
	for _, script := range s.Clients {
		r.Clients = append(r.Clients, w.Connect(script))
	}
	slice := min(1000*s.Step, 100*time.Millisecond) // in which few events can happen
	for w.Now() < s.Until {
		w.Run(min(w.Now()+slice, s.Until))
		if err := r.check(w.Now()); err != nil {
			return nil, err
		}
	}
	r.Logged, r.Fetched, r.FetchErr = w.Logged.String(), fetched.String(), fetch.Err
	return &r.Result, nil
}

// drawFaults has reads and writes move a part only, and accepts fail.
func (s *Scenario) drawFaults(w *socktest.Server) {
	if s.Faults == 0 {
		return
	}
	random := rand.New(rand.NewPCG(s.Faults, 2016))
	w.Chop = func(n int) int {
		if random.IntN(6) == 0 {
			return 1 + random.IntN(n)
		}
		return n
	}
	last := time.Duration(0) // when a client comes
	for _, c := range s.Clients {
		last = max(last, c.Connect)
	}
	w.At(time.Duration(random.Int64N(int64(last+1))), func() {
		for range 1 + random.IntN(5) {
			w.RefuseAccepts(os.NewSyscallError("accept", syscall.EMFILE))
		}
	})
}

// A record is a result in the making.
type record struct {
	Result
	network *socktest.Network
	written int64
}

func newRecord(n *socktest.Network) *record {
	return &record{network: n, Result: Result{Start: n.Clock().Now(), Timeline: n.NewTimeline()}}
}

func (r *record) record(e trace.Event) {
	if r.isFull() {
		return
	}
	r.Timeline.Record(e)
	r.Events = append(r.Events, e)
	if e.Kind == trace.Wrote {
		r.written += e.Bytes
	}
	if r.isFull() {
		r.network.Window = 0 // nothing is sent any more, so that what is still played costs little
	}
}

// isFull reports whether there is one event too many.
func (r *record) isFull() bool { return len(r.Events) > MaxEvents || r.written > maxWritten }

// check refuses what is too much, which it was by this time.
func (r *record) check(now time.Duration) error {
	switch {
	case len(r.Events) > MaxEvents:
		return &Error{0, fmt.Sprintf("there are more than %d events by %v; at most that many are played: try until %v", MaxEvents, r.last(), r.last().Truncate(time.Second))}
	case r.written > maxWritten:
		return &Error{0, fmt.Sprintf("more than %d bytes are written by %v; at most that many are played", maxWritten, now)}
	}
	return nil
}

// last is when the last event was.
func (r *record) last() time.Duration { return r.Events[len(r.Events)-1].Time.Sub(r.Start) }
