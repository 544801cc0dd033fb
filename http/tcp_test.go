package http_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	nethttp "net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sockhttp/http"
	"sockhttp/sock"
	"sockhttp/sock/socktest"
	"sockhttp/sock/tcp"
	"sockhttp/sock/trace"
	"sockhttp/timer"

	"github.com/benbjohnson/clock"
)

// A service is a server of a directory on a real loopback socket.
type service struct {
	queue  *timer.Queue
	server *sock.Server
	addr   string
	called chan struct{} // has a value after a client's callback was called
}

// serve serves dir until the test ends.
func serve(t *testing.T, dir string) *service {
	t.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := tcp.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &service{queue: timer.NewQueue(clock.New()), addr: listener.Addr().String(), called: make(chan struct{}, 1)}
	s.server = sock.NewServer(s.queue, listener, http.NewDirectory(root).SockHTTP)
	s.server.Trace[trace.TimerFired] = func(e trace.Event) {
		if e.Callback != "ListenerCallback" {
			select {
			case s.called <- struct{}{}:
			default:
			}
		}
	}
	s.server.Start()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		s.queue.Run(ctx)
		close(ended)
	}()
	t.Cleanup(func() {
		s.queue.Post(func() { s.server.Shutdown(0, cancel) })
		<-ended
		root.Close()
	})
	return s
}

// idle returns when no unit is held and no timer set but the listener's. A test
// that leaves a client behind does not end.
func (s *service) idle() {
	for {
		left := make(chan int)
		s.queue.Post(func() { left <- s.server.NumUnits() + s.queue.Len() })
		if <-left == 1 {
			return
		}
		<-s.called
	}
}

func (s *service) dial(t *testing.T) *net.TCPConn {
	t.Helper()
	c, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	return c.(*net.TCPConn)
}

// get asks for a file and returns the whole reply.
func (s *service) get(t *testing.T, name string) []byte {
	t.Helper()
	c := s.dial(t)
	defer c.Close()
	if _, err := io.WriteString(c, request(name)); err != nil {
		t.Fatal(err)
	}
	reply, err := io.ReadAll(c)
	if err != nil {
		t.Fatal(err)
	}
	return reply
}

func TestPictureOverTCP(t *testing.T) {
	const dir = "../testdata"
	picture, err := os.ReadFile(filepath.Join(dir, "galaxy.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	s := serve(t, dir)
	url := "http://" + s.addr + "/galaxy.jpg"

	t.Run("Go's client", func(t *testing.T) {
		r, err := nethttp.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		got, err := io.ReadAll(r.Body)
		if err != nil || !bytes.Equal(got, picture) {
			t.Errorf("got %d bytes with hash %x, %v; want %d with %x", len(got), sha256.Sum256(got), err, len(picture), sha256.Sum256(picture))
		}
		if r.StatusCode != 200 || r.Header.Get("Content-Type") != "image/jpeg" || !r.Close {
			t.Errorf("the reply is %v", r)
		}
	})
	t.Run("curl", func(t *testing.T) {
		curl, err := exec.LookPath("curl")
		if err != nil {
			t.Skip("there is no curl on this machine")
		}
		got, err := exec.Command(curl, "--silent", "--show-error", "--fail", "--noproxy", "*", url).Output()
		if err != nil || !bytes.Equal(got, picture) {
			t.Errorf("got %d bytes with hash %x, %v; want %d with %x", len(got), sha256.Sum256(got), err, len(picture), sha256.Sum256(picture))
		}
	})
}

// A client that sends 4 MB before it reads has its 400 all the same, each time:
// what it sends after the header is read and dropped, for else closing would
// reset the connection and destroy the reply on its way.
func TestLargePostIsAnswered(t *testing.T) {
	s := serve(t, t.TempDir())
	body := strings.NewReader(strings.Repeat("x", 4<<20))
	for i := range 50 {
		c := s.dial(t)
		fmt.Fprintf(c, "POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n", body.Size())
		body.Seek(0, io.SeekStart)
		if _, err := io.Copy(c, body); err != nil {
			t.Fatalf("%d: sending: %v", i, err)
		}
		reply, err := io.ReadAll(c)
		if err != nil {
			t.Fatalf("%d: reading: %v", i, err)
		}
		if r, body := parseReply(t, reply); r.StatusCode != 400 || !strings.Contains(body, "use GET") {
			t.Fatalf("%d: %q", i, reply)
		}
		c.Close()
	}
	s.idle()
}

// Clients that reset their connection, wherever they are in their request or
// in the reply, leave nothing behind.
func TestResetsLeaveNothing(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "large"), strings.Repeat("0123456789", 400_000))
	s := serve(t, dir)
	s.get(t, "/large")
	s.idle()
	check := socktest.Descriptors(t)
	for i := range 200 {
		c := s.dial(t)
		header := request("/large")
		switch stage := i % 4; stage {
		case 0: // in the header, after any number of bytes
			io.WriteString(c, header[:i/4%len(header)])
		case 1: // with the whole of it sent
			io.WriteString(c, header)
		case 2: // within the reply
			io.WriteString(c, header)
			io.CopyN(io.Discard, c, int64(1+i*10_000))
		case 3: // with all of the reply read, and more sent
			io.WriteString(c, header)
			io.Copy(io.Discard, c)
			io.WriteString(c, "and more")
		}
		c.SetLinger(0) // closing resets
		c.Close()
	}
	if r, err := nethttp.ReadResponse(bufio.NewReader(bytes.NewReader(s.get(t, "/large"))), nil); err != nil || r.StatusCode != 200 {
		t.Errorf("a client after them is answered %v, %v", r, err)
	}
	s.idle()
	check()
}

// Clients that are stuck, in their header or in a reply that they do not read,
// slow nobody down.
func TestStuckClientsSlowNobody(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "large"), strings.Repeat("0123456789", 2_000_000))
	writeFile(t, filepath.Join(dir, "small"), content)
	s := serve(t, dir)
	alone := s.median(t)
	for i := range 400 {
		c := s.dial(t)
		defer c.Close()
		if i%2 == 0 {
			io.WriteString(c, request("/large")[:20])
			continue
		}
		io.WriteString(c, request("/large"))
		if _, err := io.ReadFull(c, make([]byte, 12)); err != nil { // it is being sent
			t.Fatal(err)
		}
	}
	if median, limit := s.median(t), max(20*time.Millisecond, 10*alone); median > limit {
		t.Errorf("a fresh client is answered in %v in the median, and in %v without the others; want %v at most", median, alone, limit)
	}
}

// median is the median of the times in which fresh clients get a small file.
func (s *service) median(t *testing.T) time.Duration {
	t.Helper()
	var times [101]time.Duration
	for i := range times {
		began := time.Now()
		if reply := s.get(t, "/small"); !bytes.HasSuffix(reply, []byte(content)) {
			t.Fatalf("answered %q", reply)
		}
		times[i] = time.Since(began)
	}
	slices.Sort(times[:])
	return times[len(times)/2]
}
