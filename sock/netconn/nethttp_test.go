package netconn_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	nethttp "net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"sync"
	"testing"
	"time"

	"sockhttp/sock/netconn"
	"sockhttp/sock/tcp"
	"sockhttp/timer"

	"github.com/benbjohnson/clock"
)

// serve serves handler with net/http's server, on netconn and on a plain
// listener, and has f use each. What f returns must be the same for both. When
// the servers are closed, nothing may be left of netconn's.
func serve(t *testing.T, handler func() nethttp.Handler, f func(t *testing.T, url string, client *nethttp.Client) string) {
	t.Helper()
	serveAs(t, (*httptest.Server).Start, handler, f)
}

func serveAs(t *testing.T, start func(*httptest.Server), handler func() nethttp.Handler, f func(t *testing.T, url string, client *nethttp.Client) string) {
	t.Helper()
	plain := httptest.NewUnstartedServer(handler())
	start(plain)
	want := f(t, plain.URL, plain.Client())
	plain.Close()

	polled, err := tcp.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	queue := timer.NewQueue(clock.New())
	listener := netconn.Listen(queue, polled)
	ctx, end := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		queue.Run(ctx)
	}()
	ours := httptest.NewUnstartedServer(handler())
	ours.Listener.Close()
	ours.Listener = listener
	start(ours)
	got := f(t, ours.URL, ours.Client())
	ours.Close()
	for left := -1; left != 0; { // a test that leaves something behind does not end
		counted := make(chan int)
		queue.Post(func() { counted <- listener.Server.NumUnits() + queue.Len() })
		left = <-counted
	}
	end()
	<-ended
	if got != want {
		t.Errorf("on netconn: %s\non a plain listener: %s", got, want)
	}
}

func handle(f nethttp.HandlerFunc) func() nethttp.Handler {
	return func() nethttp.Handler { return f }
}

// reply is a reply in a few words.
func reply(t *testing.T, r *nethttp.Response, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	hash := sha256.New()
	n, err := io.Copy(hash, r.Body)
	r.Header.Del("Date")
	return fmt.Sprintf("%s %v %v, %d bytes (%x) %v, trailer %v", r.Status, r.Header, r.TransferEncoding, n, hash.Sum(nil)[:4], err, r.Trailer)
}

func TestConnectionsAreKept(t *testing.T) {
	serve(t, handle(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		w.Header().Set("X-Path", r.URL.Path)
		fmt.Fprintln(w, "hello")
	}), func(t *testing.T, url string, client *nethttp.Client) (replies string) {
		for n := range 10 {
			kept := false
			ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) { kept = i.Reused }})
			request, _ := nethttp.NewRequestWithContext(ctx, "GET", fmt.Sprint(url, "/", n), nil)
			r, err := client.Do(request)
			replies += fmt.Sprintln(reply(t, r, err), kept)
		}
		return replies
	})
}

// Users of package net know its addresses by their type.
func TestAddresses(t *testing.T) {
	serve(t, handle(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		c, _, err := w.(nethttp.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n%T %T %t", c.LocalAddr(), c.RemoteAddr(), c.RemoteAddr().String() == r.RemoteAddr)
	}), func(t *testing.T, url string, client *nethttp.Client) string {
		r, err := client.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		body, err := io.ReadAll(r.Body)
		return fmt.Sprintf("%s %v", body, err)
	})
}

func TestLargeBodiesGoBothWays(t *testing.T) {
	const size = 20 << 20
	body := bytes.Repeat([]byte("0123456789abcdef"), size/16)
	serve(t, handle(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		if r.Method == "GET" {
			w.Write(body)
			return
		}
		hash := sha256.New()
		n, err := io.Copy(hash, r.Body)
		fmt.Fprintf(w, "%d %x %v", n, hash.Sum(nil), err)
	}), func(t *testing.T, url string, client *nethttp.Client) string {
		r, err := client.Get(url)
		down := reply(t, r, err)
		r, err = client.Post(url, "", bytes.NewReader(body))
		return down + "\n" + reply(t, r, err)
	})
}

func TestEventsArriveAsTheyAreFlushed(t *testing.T) {
	next := make(chan string)
	serve(t, handle(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for event := range next {
			fmt.Fprintf(w, "data: %s\n\n", event)
			if err := nethttp.NewResponseController(w).Flush(); err != nil {
				t.Error(err)
			}
			if event == "last" {
				return
			}
		}
	}), func(t *testing.T, url string, client *nethttp.Client) (events string) {
		go func() { next <- "first" }()
		r, err := client.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		lines := bufio.NewScanner(r.Body)
		for _, event := range []string{"second", "third", "last", ""} {
			lines.Scan() // the one before; the handler waits for the next
			lines.Scan()
			events += lines.Text()
			if event != "" {
				next <- event
			}
		}
		return events + fmt.Sprint(lines.Scan(), lines.Err())
	})
}

func TestAConnectionCanBeTakenOver(t *testing.T) {
	serve(t, handle(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		conn, buffered, err := nethttp.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
		io.Copy(conn, buffered)
	}), func(t *testing.T, url string, client *nethttp.Client) string {
		conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		io.WriteString(conn, "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
		lines := bufio.NewReader(conn)
		r, err := nethttp.ReadResponse(lines, nil)
		if err != nil {
			t.Fatal(err)
		}
		echoed := r.Status
		for n := range 100 {
			message := fmt.Sprintf("message %d\n", n)
			io.WriteString(conn, message)
			if line, err := lines.ReadString('\n'); line != message || err != nil {
				t.Fatalf("%q and %v for %q", line, err, message)
			}
		}
		conn.(*net.TCPConn).CloseWrite()
		rest, err := io.ReadAll(lines)
		return echoed + fmt.Sprint(rest, err)
	})
}

func TestAHandlerThatHangsDelaysNobodyAndLearnsThatItsClientLeaves(t *testing.T) {
	hung, left := make(chan struct{}), make(chan error)
	serve(t, handle(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		if r.URL.Path == "/hang" {
			hung <- struct{}{}
			<-r.Context().Done()
			left <- r.Context().Err()
			return
		}
		fmt.Fprintln(w, "hello")
	}), func(t *testing.T, url string, client *nethttp.Client) string {
		ctx, leave := context.WithCancel(t.Context())
		request, _ := nethttp.NewRequestWithContext(ctx, "GET", url+"/hang", nil)
		ended := make(chan error)
		go func() {
			_, err := client.Do(request)
			ended <- err
		}()
		<-hung
		r, err := client.Get(url)
		others := reply(t, r, err)
		leave()
		return fmt.Sprintln(others, <-left, (<-ended) != nil)
	})
}

func TestDeadlinesOfAHandler(t *testing.T) {
	serve(t, handle(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		io.ReadFull(r.Body, make([]byte, len("half")))
		nethttp.NewResponseController(w).SetReadDeadline(time.Now().Add(5 * ms))
		n, err := io.Copy(io.Discard, r.Body)
		fmt.Fprintln(w, n, err.(net.Error).Timeout())
	}), func(t *testing.T, url string, client *nethttp.Client) string {
		body, more := io.Pipe()
		defer more.Close()
		request, _ := nethttp.NewRequest("POST", url, io.MultiReader(strings.NewReader("half"), body))
		r, err := client.Do(request)
		return reply(t, r, err)
	})
}

func TestManyStreamsOfHTTP2ThroughTLS(t *testing.T) {
	start := func(s *httptest.Server) {
		s.EnableHTTP2 = true
		s.StartTLS()
	}
	serveAs(t, start, handle(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		io.Copy(w, r.Body)
		fmt.Fprint(w, r.Proto, r.URL)
	}), func(t *testing.T, url string, client *nethttp.Client) string {
		const streams = 100
		replies := make([]string, streams)
		var all sync.WaitGroup
		for n := range streams {
			all.Go(func() {
				r, err := client.Post(fmt.Sprint(url, "/", n), "text/plain", strings.NewReader(strings.Repeat("x", 1000*n)))
				replies[n] = reply(t, r, err)
			})
		}
		all.Wait()
		return strings.Join(replies, "\n")
	})
}
