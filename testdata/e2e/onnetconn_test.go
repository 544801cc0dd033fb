package e2e

import (
	"context"
	"fmt"
	"hash/crc32"
	"io"
	nethttp "net/http"
	"net/http/httptest"
	"testing"

	"sockhttp/sock"
	"sockhttp/sock/netconn"
	"sockhttp/sock/tcp"
	"sockhttp/timer"

	"github.com/benbjohnson/clock"
)

// onNetconn is net/http's server on polled sockets. It is to be started, or its
// StartTLS called, and closed.
type onNetconn struct {
	*httptest.Server
	*netconn.Listener
	queue *timer.Queue
	end   func()
}

func newOnNetconn(t *testing.T, handler nethttp.Handler) *onNetconn {
	t.Helper()
	polled, err := tcp.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	queue := timer.NewQueue(clock.New())
	s := &onNetconn{httptest.NewUnstartedServer(handler), netconn.Listen(queue, polled), queue, nil}
	s.Server.Listener.Close()
	s.Server.Listener = s.Listener
	ctx, end := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		queue.Run(ctx)
	}()
	s.end = func() {
		end()
		<-ended
	}
	return s
}

// Close closes the server, and returns when nothing is left of its connections:
// a test that leaves something behind does not end.
func (s *onNetconn) Close() {
	s.Server.Close()
	s.drain()
	s.end()
}

func (s *onNetconn) drain() {
	for left := -1; left != 0; {
		counted := make(chan int)
		s.queue.Post(func() { counted <- s.Listener.Server.NumUnits() + s.queue.Len() })
		left = <-counted
	}
}

// polled has f use the server of the loop, on the loop's goroutine.
func (s *onNetconn) polled(f func(*sock.Server)) {
	done := make(chan struct{})
	s.queue.Post(func() {
		f(s.Listener.Server)
		close(done)
	})
	<-done
}

// beside has f use a handler on a plain listener and on polled sockets. What f
// returns must be the same for both.
func beside(t *testing.T, handler func() nethttp.Handler, f func(t *testing.T, url string, client *nethttp.Client) string) {
	t.Helper()
	besideAs(t, (*httptest.Server).Start, handler, f)
}

func besideAs(t *testing.T, start func(*httptest.Server), handler func() nethttp.Handler, f func(t *testing.T, url string, client *nethttp.Client) string) {
	t.Helper()
	plain := httptest.NewUnstartedServer(handler())
	start(plain)
	want := f(t, plain.URL, plain.Client())
	plain.Close()

	ours := newOnNetconn(t, handler())
	start(ours.Server)
	got := f(t, ours.URL, ours.Client())
	ours.Close()
	if got != want {
		t.Errorf("on netconn: %s\non a plain listener: %s", got, want)
	}
}

func handle(f nethttp.HandlerFunc) func() nethttp.Handler {
	return func() nethttp.Handler { return f }
}

// summary is a reply in a few words.
func summary(t *testing.T, r *nethttp.Response, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	n, sum, err := checksum(r.Body)
	r.Header.Del("Date")
	return fmt.Sprintf("%s %s %v %v, %d bytes (%x) %v, trailer %v", r.Proto, r.Status, r.Header, r.TransferEncoding, n, sum, err, r.Trailer)
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(r io.Reader) (n int64, sum uint32, err error) {
	hash := crc32.New(castagnoli)
	n, err = io.CopyBuffer(hash, struct{ io.Reader }{r}, make([]byte, 1<<18))
	return n, hash.Sum32(), err
}

// numbers is a body of numbers, size bytes in all.
func numbers(size int64) io.Reader { return io.LimitReader(&counter{}, size) }

// A counter's bytes depend on where they are alone, and not on how many are read at
// once.
type counter struct{ at int64 }

func (c *counter) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(c.at / 1000 >> (c.at % 4 * 8))
		c.at++
	}
	return len(p), nil
}
