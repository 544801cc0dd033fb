// Package swarm plays the whole server against crowds of clients and bad luck
// that are drawn from a seed, and checks all that the server promises. The test
// plays many seeds; the laboratory shows any of them.
package swarm

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"sockhttp/http"
	"sockhttp/sock"
	"sockhttp/sock/socktest"
	"sockhttp/sock/trace"
)

// The files that are served have the beginning of this.
var pattern = bytes.Repeat([]byte("0123456789abcdefghijklmnopqrstu"), 20_000)

const (
	small, medium, large = 13, 5000, 200_000
	victim, grown        = 150_000, 300_000 // before and after it grows
)

// WriteFiles writes the files that are served into a folder.
func WriteFiles(dir string) error {
	for name, size := range map[string]int{"small.txt": small, "medium.txt": medium, "large.txt": large, "empty.txt": 0} {
		if err := os.WriteFile(filepath.Join(dir, name), pattern[:size], 0o666); err != nil {
			return err
		}
	}
	return nil
}

// A swarm is one seed being played.
type swarm struct {
	*socktest.Play
	posted  bool // the set of bytes
	handler bool // a handler answers, in place of SockHTTP
	dir     string
	checker *checker
	clients []*client
	skipped time.Duration
	slowed  time.Duration // by the handler, at most
}

// Play draws a server at either pace, with SockHTTP, PostedHTTP or a handler, its
// clients and its faults from the seed of p. It plays them until every client is
// gone, and notes in p what is not as it should be: see checker and the judges.
// The folder must be one of WriteFiles, and no other seed's meanwhile.
func Play(dir string, p *socktest.Play) {
	s := &swarm{Play: p, dir: dir}
	s.Latency = socktest.Pick(p, 0, 0, time.Millisecond, 20*time.Millisecond, 150*time.Millisecond)
	s.Window = socktest.Pick(p, 4<<10, 20_000, 64<<10, 1<<20)
	s.StepTime = socktest.Pick(p, 10*time.Microsecond, 100*time.Microsecond, time.Millisecond)
	if s.Maybe(2) {
		s.ChopSome()
	}
	s.posted = s.Maybe(2)
	s.handler = s.Maybe(3)

	root, err := os.OpenRoot(dir)
	if err != nil {
		s.Failf("%v", err)
		return
	}
	defer root.Close()
	directory := http.NewDirectory(root)
	answers := directory.SockHTTP
	if s.posted {
		answers = directory.PostedHTTP
	}
	s.Routine = func(client *sock.Unit) {
		if bytes.HasPrefix(client.Input(), []byte("GET /panic-before")) {
			panic("before")
		}
		answers(client)
		if bytes.HasPrefix(client.Input(), []byte("GET /panic-after")) {
			panic("after")
		}
	}
	if s.handler {
		s.Routine = s.handlerRoutine(root)
	}
	if s.Maybe(2) {
		s.Pace = sock.Posted()
		s.Limits.MaxClients = sock.PostedClients
	}
	if s.Maybe(4) {
		s.Limits.MaxClients = 1 + s.Random.IntN(4)
	}
	s.checker = &checker{s: s, clients: map[net.Addr]*client{}}
	s.Trace = trace.All(func(e trace.Event) {
		s.checker.check(e)
		s.Record(e)
	})
	s.faults()
	s.crowd()
	s.About = fmt.Sprintf("%d clients, eager %v, posted bytes %v, handler %v, limit %d, latency %v, window %d, step %v, skip %v",
		len(s.clients), s.Pace.Eager, s.posted, s.handler, s.Limits.MaxClients, s.Latency, s.Window, s.StepTime, s.skipped)
	s.PlayOut(s.skipped + 3*time.Hour)
	s.judge()
}

// faults draws the faults that are not a client's.
func (s *swarm) faults() {
	if s.Maybe(3) {
		s.At(s.UpTo(5*time.Second), func() {
			for range 1 + s.Random.IntN(20) {
				s.RefuseAccepts(os.NewSyscallError("accept", socktest.Pick(s.Play, syscall.EMFILE, syscall.ENFILE)))
			}
		})
	}
	if s.Maybe(10) {
		s.skipped = time.Hour + s.UpTo(10*time.Hour)
		s.At(s.UpTo(20*time.Second), func() { s.Skip(s.skipped) })
	}
	name := filepath.Join(s.dir, "victim.txt")
	if err := os.WriteFile(name, pattern[:victim], 0o666); err != nil {
		s.Failf("%v", err)
	}
	if s.Maybe(2) {
		change := s.Random.IntN(3)
		size := s.Random.IntN(victim)
		s.At(s.UpTo(6*time.Second), func() {
			var err error
			switch change {
			case 0:
				err = os.Truncate(name, int64(size))
			case 1:
				err = os.WriteFile(name, pattern[:grown], 0o666)
			case 2:
				err = os.Remove(name)
			}
			if err != nil {
				s.Failf("%v", err)
			}
		})
	}
}

// A client is one of the crowd.
type client struct {
	*socktest.Client
	s       *swarm
	what    string
	connect time.Duration
	judge   func(c *client)

	// What the trace says of it, as times of the network; negative: not yet.
	accepted, progress, freed, closed time.Duration
	replied                           int
	asked                             int64 // bytes that were read of it since its last reply
	gaveUp                            bool  // its place, to a newcomer
	shares                            bool  // all places were taken when its routine was called: a reply may be its last
	cut                               bool  // one was
}

func (c *client) failf(format string, args ...any) {
	c.s.Failf("client %v (%s): %s; it got %q, %v at %v", c.Addr(), c.what, fmt.Sprintf(format, args...), shorten(c.Received), c.End, c.Ended)
}

func shorten(b []byte) string {
	if len(b) > 400 {
		return fmt.Sprintf("%s... (%d bytes)", b[:400], len(b))
	}
	return string(b)
}

// An answer is what a request must be answered with.
type answer struct {
	status int
	size   int  // of the file, whose bytes are those of pattern
	head   bool // the request was HEAD
}

// requests are what clients ask, with the answers in the post's bytes and in
// the default ones.
var requests = []struct {
	text             string
	posted, default_ answer
}{
	{"GET /small.txt HTTP/1.1\r\nHost: localhost\r\n\r\n", answer{200, small, false}, answer{200, small, false}},
	{"GET /medium.txt HTTP/1.1\nHost: localhost\nX: y\n\n", answer{200, medium, false}, answer{200, medium, false}},
	{"GET /large.txt HTTP/1.1\r\nHost: localhost\r\n\r\n", answer{200, large, false}, answer{200, large, false}},
	{"GET /large.txt HTTP/1.0\r\n\r\n", answer{200, large, false}, answer{200, large, false}},
	{"GET /missing.txt HTTP/1.1\r\nHost: localhost\r\n\r\n", answer{404, 0, false}, answer{404, 0, false}},
	{"GET /empty.txt HTTP/1.1\r\nHost: localhost\r\n\r\n", answer{404, 0, false}, answer{404, 0, false}},
	{"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", answer{404, 0, false}, answer{404, 0, false}},
	{"GET /../small.txt HTTP/1.1\r\nHost: localhost\r\n\r\n", answer{404, 0, false}, answer{404, 0, false}},
	{"GET /small%2Etxt?x HTTP/1.1\r\nHost: localhost\r\n\r\n", answer{404, 0, false}, answer{200, small, false}},
	{"GET /small.txt HTTP/1.1\r\n\r\n", answer{200, small, false}, answer{400, 0, false}},
	{"GET /small.txt\n\n", answer{200, small, false}, answer{400, 0, false}},
	{"HEAD /small.txt HTTP/1.1\r\nHost: localhost\r\n\r\n", answer{400, 0, false}, answer{400, 0, true}},
	{"DELETE /small.txt HTTP/1.1\r\nHost: localhost\r\n\r\n", answer{400, 0, false}, answer{400, 0, false}},
	{"\x16\x03\x01\x00\n\n", answer{400, 0, false}, answer{400, 0, false}},
	{"\r\nGET /small.txt HTTP/1.1\r\nHost: localhost\r\n\r\n", answer{400, 0, false}, answer{200, small, false}},
}

// request draws a request and its answer.
func (s *swarm) request() (string, answer) {
	r := requests[s.Random.IntN(len(requests))]
	if s.posted {
		return r.text, r.posted
	}
	return r.text, r.default_
}

// judge checks what each client got.
func (s *swarm) judge() {
	for _, e := range s.checker.pending {
		if e.callback != "ListenerCallback" {
			s.Failf("the %s of %s that was due at %v is lost", e.callback, e.addr, s.Since(e.due))
		}
	}
	for _, c := range s.clients {
		if c.accepted < 0 || c.freed < 0 || c.closed < 0 {
			c.failf("accepted at %v, freed at %v and closed at %v", c.accepted, c.freed, c.closed)
			continue
		}
		if c.gaveUp && !s.handler {
			getsNothing(c)
			continue
		}
		if s.handler {
			c.judge(c)
			continue
		}
		if s.skipped > 0 && string(c.Received) != "" && !bytes.HasPrefix(c.Received, []byte("HTTP/1.1 200")) && !bytes.HasPrefix(c.Received, []byte("HTTP/1.1 404")) {
			continue // hours passed within its request
		}
		if s.skipped > 0 && c.accepted < 20*time.Second {
			continue
		}
		c.judge(c)
	}
}

func (s *swarm) start() time.Time { return s.Clock().Now().Add(-s.Now()) }
