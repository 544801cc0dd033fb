package watch_test

import (
	"context"
	"encoding/json"
	"io"
	"log"
	nethttp "net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sockhttp/cmd/control"
	"sockhttp/cmd/watch"
	"sockhttp/sock"
	"sockhttp/sock/tcp"
	"sockhttp/timer"

	"github.com/benbjohnson/clock"
)

// A page is that of a server that runs.
type page struct {
	*watch.Watch
	t   *testing.T
	url string

	queue  *timer.Queue
	server *sock.Server
}

func start(t *testing.T) *page { return startAt(t, sock.Eager()) }

// startAt starts a server that has a pace.
func startAt(t *testing.T, pace sock.Pace) *page {
	t.Helper()
	listener, err := tcp.Listen("localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	c := control.New(clock.New())
	queue := timer.NewQueue(c.Clock())
	server := sock.NewServer(queue, c.Listener(listener), func(client *sock.Unit) {
		io.WriteString(client, "HTTP/1.1 200 OK\r\n\r\nhello\n")
		client.Free()
	})
	server.Pace, server.Log = pace, log.New(io.Discard, "", 0)
	w, err := watch.Start("localhost:0", c, queue, server, watch.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	server.Start()
	go func() {
		queue.Run(ctx)
		close(ended)
	}()
	t.Cleanup(func() {
		queue.Post(func() { server.Shutdown(0, stop) })
		<-ended
		w.Close()
	})
	return &page{w, t, "http://" + w.Addr().String(), queue, server}
}

// do sends a request, and returns the status and the body of the reply.
func (p *page) do(method, path string, form url.Values, header ...string) (status int, body string, head nethttp.Header) {
	p.t.Helper()
	r, err := nethttp.NewRequest(method, p.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		p.t.Fatal(err)
	}
	if method == "POST" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(header); i += 2 {
		if r.Header.Set(header[i], header[i+1]); header[i] == "Host" {
			r.Host = header[i+1]
		}
	}
	reply, err := nethttp.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer reply.Body.Close()
	b, err := io.ReadAll(reply.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return reply.StatusCode, string(b), reply.Header
}

// A page from elsewhere can neither read nor change anything.
func TestGuards(t *testing.T) {
	p := start(t)
	pause := url.Values{"do": {"pause"}}
	for _, test := range []struct {
		name, method, path string
		form               url.Values
		header             []string
		want               int
	}{
		{"the page", "GET", "/", nil, nil, 200},
		{"another name for this address", "GET", "/events", nil, []string{"Host", "evil.test"}, 421},
		{"a link of another page", "GET", "/", nil, []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"}, 200},
		{"a script of another page", "GET", "/events", nil, []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors"}, 403},
		{"a command under another name", "POST", "/control", pause, []string{"Host", "evil.test"}, 421},
		{"a command of another page", "POST", "/control", pause, []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"a command of another page in an old browser", "POST", "/control", pause, []string{"Origin", "http://evil.test"}, 403},
		{"a command of another server of this machine", "POST", "/control", pause, []string{"Origin", "http://localhost:1", "Sec-Fetch-Site", "same-site"}, 403},
		{"clients started by another page", "POST", "/provoke", url.Values{"kind": {"one"}}, []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"a command that only looks", "GET", "/control?do=pause", nil, nil, 404},
		{"a command of the page", "POST", "/control", pause, []string{"Sec-Fetch-Site", "same-origin"}, 204},
		{"a command of a script", "POST", "/control", url.Values{"do": {"resume"}}, nil, 204},
		{"an unknown command", "POST", "/control", url.Values{"do": {"stop"}}, nil, 400},
		{"an unknown speed", "POST", "/control", url.Values{"do": {"slower"}, "value": {"0"}}, nil, 400},
		{"an unknown pace", "POST", "/control", url.Values{"do": {"pace"}, "value": {"fast"}}, nil, 400},
		{"an unknown event", "POST", "/control", url.Values{"do": {"until"}, "value": {"never"}}, nil, 400},
		{"an unknown client", "POST", "/provoke", url.Values{"kind": {"two"}}, nil, 400},
	} {
		status, body, _ := p.do(test.method, test.path, test.form, test.header...)
		if refused := status >= 400; status != test.want || refused && strings.Count(body, "\n") > 1 { // than why
			t.Errorf("%s: %d %q, want %d", test.name, status, body, test.want)
		}
	}
	if _, body, head := p.do("GET", "/", nil); !strings.Contains(head.Get("Content-Security-Policy"), "default-src 'none'") || strings.Contains(body, "//") && strings.Contains(body, "src=\"http") {
		t.Errorf("the page may ask others: %v", head)
	}
}

// A change of the pace keeps the times that the server was started with, but for
// the wait of a poll that only the eager pace interrupts.
func TestPaceIsChanged(t *testing.T) {
	const s, ms = time.Second, time.Millisecond
	eager := sock.Pace{Interval: 3 * s, ListenWait: s, PollWait: 7 * ms, Batch: 64, Eager: true}
	posted := sock.Pace{Interval: 3 * s, ListenWait: 2 * s, PollWait: 7 * ms, Batch: 1}
	for _, test := range []struct{ own, eager, posted sock.Pace }{
		{eager, eager, sock.Pace{Interval: 3 * s, ListenWait: 100 * ms, PollWait: 7 * ms, Batch: 1}},
		{posted, sock.Pace{Interval: 3 * s, ListenWait: 2 * s, PollWait: 7 * ms, Batch: 64, Eager: true}, posted},
	} {
		p := startAt(t, test.own)
		for name, want := range map[string]sock.Pace{"eager": test.eager, "posted": test.posted} {
			if status, body, _ := p.do("POST", "/control", url.Values{"do": {"pace"}, "value": {name}}); status != 204 {
				t.Fatalf("%d %q", status, body)
			}
			got := make(chan sock.Pace)
			p.queue.Post(func() { got <- p.server.Pace })
			if got := <-got; got != want {
				t.Errorf("%s, from %+v: %+v, want %+v", name, test.own, got, want)
			}
		}
	}
}

// Clients beyond the bound are refused, and all end with the page.
func TestProvokeIsBounded(t *testing.T) {
	p := start(t)
	p.do("POST", "/control", url.Values{"do": {"pause"}})
	for i := range 21 {
		want := 204
		if i == 20 {
			want = 400
		}
		if status, body, _ := p.do("POST", "/provoke", url.Values{"kind": {"ten"}}); status != want {
			t.Errorf("ten clients more than %d: %d %q", 10*i, status, body)
		}
	}
	_, body, _ := p.do("GET", "/events", nil)
	var a struct{ Clients []struct{ Done bool } }
	if err := json.Unmarshal([]byte(body), &a); err != nil || len(a.Clients) == 0 || len(a.Clients) > 50 {
		t.Errorf("the page is told of %d clients, %v", len(a.Clients), err)
	}
}

func TestKept(t *testing.T) {
	p := start(t)
	p.do("GET", "/events", nil)
	for path, want := range map[string]string{"/history.txt": "text/plain; charset=utf-8", "/history.svg?from=0&to=5": "image/svg+xml", "/code": "application/json", "/style.css": "text/css; charset=utf-8", "/live.js": "text/javascript; charset=utf-8"} {
		if status, _, head := p.do("GET", path, nil); status != 200 || head.Get("Content-Type") != want {
			t.Errorf("%s: %d, %v", path, status, head)
		}
	}
}
