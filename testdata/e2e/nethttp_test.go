package e2e

import (
	"bufio"
	"context"
	"fmt"
	"io"
	nethttp "net/http"
	"net/http/httptest"
	"net/http/httputil"
	neturl "net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// What net/http's server can do it does on polled sockets, beside the same on
// a plain listener.

// An event is at the client before the handler goes on, and without waiting for
// the next poll. That none takes longer than a millisecond on a machine with
// nothing else to do is a test of package netconn, by the queue's clock.
func TestServerSentEvents(t *testing.T) {
	const events, interval = 21, 100 * time.Millisecond
	next := make(chan time.Time)
	beside(t, handle(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for range events {
			fmt.Fprintf(w, "data: %d\n\n", (<-next).UnixNano())
			if err := nethttp.NewResponseController(w).Flush(); err != nil {
				t.Error(err)
			}
		}
	}), func(t *testing.T, url string, client *nethttp.Client) string {
		go func() { next <- time.Now() }()
		r, err := client.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		lines := bufio.NewScanner(r.Body)
		var late []time.Duration
		for n := range events {
			if n > 0 {
				next <- time.Now()
			}
			var sent int64
			lines.Scan()
			if _, err := fmt.Sscanf(lines.Text(), "data: %d", &sent); err != nil {
				t.Fatalf("event %d is %q", n, lines.Text())
			}
			late = append(late, time.Since(time.Unix(0, sent)))
			lines.Scan()
		}
		first := late[0]
		slices.Sort(late)
		t.Logf("the first event arrives after %v; the median is %v", first, late[events/2])
		if late[events/2] > 2*interval { // the first alone may meet a busy machine
			t.Errorf("events arrive %v after they are sent", late)
		}
		return fmt.Sprint(r.Status, r.Header["Content-Type"], lines.Scan(), lines.Err())
	})
}

func TestLargeReply(t *testing.T) {
	const size = 200 << 20
	beside(t, handle(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		piece := make([]byte, 1<<20)
		io.ReadFull(&counter{}, piece)
		for n := range size / len(piece) {
			piece[0] = byte(n)
			if _, err := w.Write(piece); err != nil {
				t.Error(err)
				return
			}
		}
	}), func(t *testing.T, url string, client *nethttp.Client) string {
		r, err := client.Get(url)
		return summary(t, r, err)
	})
}

func TestLargeUpload(t *testing.T) {
	const size = 100 << 20
	beside(t, handle(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		n, sum, err := checksum(r.Body)
		fmt.Fprintf(w, "%d %x %v", n, sum, err)
	}), func(t *testing.T, url string, client *nethttp.Client) string {
		r, err := client.Post(url, "application/octet-stream", numbers(size))
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		got, err := io.ReadAll(r.Body)
		if !strings.HasPrefix(string(got), fmt.Sprint(size, " ")) {
			t.Errorf("the handler has %q", got)
		}
		return fmt.Sprint(string(got), err)
	})
}

func TestResponseController(t *testing.T) {
	beside(t, handle(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		c := nethttp.NewResponseController(w)
		if err := c.EnableFullDuplex(); err != nil {
			t.Error(err)
		}
		lines := bufio.NewScanner(r.Body)
		for lines.Scan() { // an answer before the next line comes
			fmt.Fprintln(w, "got", lines.Text())
			if err := c.Flush(); err != nil {
				t.Error(err)
			}
			if lines.Text() == "last" {
				break
			}
		}
		c.SetReadDeadline(time.Now().Add(time.Millisecond))
		_, err := r.Body.Read(make([]byte, 1))
		fmt.Fprintln(w, "read:", err != nil)
		c.SetWriteDeadline(time.Now().Add(-time.Second))
		fmt.Fprintln(w, "not sent")
		fmt.Fprintln(w, "flush:", c.Flush() != nil)
	}), func(t *testing.T, url string, client *nethttp.Client) (got string) {
		body, more := io.Pipe()
		defer more.Close()
		go io.WriteString(more, "first\n")
		r, err := client.Post(url, "text/plain", body)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		lines := bufio.NewScanner(r.Body)
		for _, line := range []string{"second", "last", ""} {
			lines.Scan()
			got += lines.Text() + ", "
			if line != "" {
				io.WriteString(more, line+"\n")
			}
		}
		return got + fmt.Sprint(lines.Scan(), lines.Err() != nil)
	})
}

// Hijacker, by way of somebody else's WebSocket.
func TestWebSocket(t *testing.T) {
	closed := make(chan websocket.StatusCode, 1)
	beside(t, handle(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		c, err := websocket.Accept(w, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		defer c.CloseNow()
		for {
			kind, message, err := c.Read(r.Context())
			if err != nil {
				closed <- websocket.CloseStatus(err)
				return
			}
			if err := c.Write(r.Context(), kind, message); err != nil {
				t.Error(err)
			}
		}
	}), func(t *testing.T, url string, client *nethttp.Client) string {
		c, r, err := websocket.Dial(t.Context(), url, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer c.CloseNow()
		for n := range 1000 {
			message := strings.Repeat(fmt.Sprint(n, " "), n%100)
			if err := c.Write(t.Context(), websocket.MessageText, []byte(message)); err != nil {
				t.Fatal(err)
			}
			if _, echo, err := c.Read(t.Context()); string(echo) != message || err != nil {
				t.Fatalf("message %d comes back as %q, %v", n, echo, err)
			}
		}
		return fmt.Sprintln(r.Status, c.Close(websocket.StatusNormalClosure, "that is all"), <-closed)
	})
}

// A proxy to a host that never answers keeps nobody else waiting, and gives up
// when its client leaves.
func TestReverseProxy(t *testing.T) {
	hung, left := make(chan struct{}), make(chan error)
	upstream := httptest.NewServer(nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		if r.URL.Path == "/hang" {
			hung <- struct{}{}
			<-r.Context().Done()
			left <- r.Context().Err()
			return
		}
		w.Header().Set("X-Path", r.URL.Path)
		io.Copy(w, r.Body)
	}))
	defer upstream.Close()
	target, err := neturl.Parse(upstream.URL)
	if err != nil {
		t.Fatal(err)
	}
	beside(t, func() nethttp.Handler {
		return &httputil.ReverseProxy{
			Rewrite:      func(r *httputil.ProxyRequest) { r.SetURL(target) },
			ErrorHandler: func(w nethttp.ResponseWriter, r *nethttp.Request, err error) { w.WriteHeader(nethttp.StatusBadGateway) },
		}
	}, func(t *testing.T, url string, client *nethttp.Client) string {
		ctx, leave := context.WithCancel(t.Context())
		request, _ := nethttp.NewRequestWithContext(ctx, "GET", url+"/hang", nil)
		ended := make(chan error)
		go func() {
			_, err := client.Do(request)
			ended <- err
		}()
		<-hung
		var others []string
		for n := range 10 {
			r, err := client.Post(fmt.Sprint(url, "/", n), "text/plain", strings.NewReader("hello"))
			others = append(others, summary(t, r, err))
		}
		leave()
		return fmt.Sprintln(others, <-left, (<-ended) != nil)
	})
}

func TestHTTP2ThroughTLS(t *testing.T) {
	start := func(s *httptest.Server) {
		s.EnableHTTP2 = true
		s.StartTLS()
	}
	// All are under way at once: none is answered before the last has begun.
	const streams = 100
	var begun sync.WaitGroup
	besideAs(t, start, handle(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		begun.Done()
		begun.Wait()
		io.Copy(w, r.Body)
		fmt.Fprint(w, r.Proto, r.URL)
	}), func(t *testing.T, url string, client *nethttp.Client) string {
		begun.Add(streams)
		replies := make([]string, streams)
		var all sync.WaitGroup
		for n := range streams {
			all.Go(func() {
				r, err := client.Post(fmt.Sprint(url, "/", n), "text/plain", numbers(int64(3000*n)))
				replies[n] = summary(t, r, err)
			})
		}
		all.Wait()
		return strings.Join(replies, "\n")
	})
}

func TestTimeoutHandler(t *testing.T) {
	beside(t, func() nethttp.Handler {
		return nethttp.TimeoutHandler(nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
			<-r.Context().Done()
		}), time.Millisecond, "too late")
	}, func(t *testing.T, url string, client *nethttp.Client) string {
		r, err := client.Get(url)
		return summary(t, r, err)
	})
}

func TestTrailers(t *testing.T) {
	beside(t, handle(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		w.Header().Set("Trailer", "X-Sum")
		n, _ := io.Copy(w, r.Body)
		w.Header().Set("X-Sum", fmt.Sprint(n, r.Trailer))
	}), func(t *testing.T, url string, client *nethttp.Client) string {
		request, _ := nethttp.NewRequest("POST", url, io.MultiReader(strings.NewReader("body")))
		request.Trailer = nethttp.Header{"X-Of-The-Client": {"value"}}
		r, err := client.Do(request)
		return summary(t, r, err)
	})
}
