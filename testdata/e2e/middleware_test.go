package e2e

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	nethttp "net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"sockhttp/http/handler"
	"sockhttp/sock"
	"sockhttp/sock/tcp"
	"sockhttp/timer"

	"github.com/benbjohnson/clock"
	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/klauspost/compress/gzhttp"
)

// application is a router of go-chi/chi with its own middleware, and under
// /gzip the same within klauspost/compress's.
func application() nethttp.Handler {
	api := chi.NewRouter()
	api.Use(middleware.GetHead, middleware.StripSlashes, middleware.Recoverer, middleware.Timeout(time.Minute), middleware.NoCache)
	api.Get("/", func(w nethttp.ResponseWriter, r *nethttp.Request) { io.WriteString(w, "the root") })
	api.Get("/hello/{name}", func(w nethttp.ResponseWriter, r *nethttp.Request) {
		fmt.Fprintf(w, "hello, %s, by %s", chi.URLParam(r, "name"), chi.RouteContext(r.Context()).RoutePattern())
	})
	api.Post("/echo", func(w nethttp.ResponseWriter, r *nethttp.Request) {
		if err := r.ParseForm(); err != nil {
			nethttp.Error(w, err.Error(), nethttp.StatusBadRequest)
			return
		}
		fmt.Fprint(w, r.PostForm)
	})
	api.Get("/panic", func(w nethttp.ResponseWriter, r *nethttp.Request) { panic("bad luck") })
	api.Get("/long", func(w nethttp.ResponseWriter, r *nethttp.Request) {
		for i := range 10_000 {
			fmt.Fprintln(w, "line", i)
		}
	})
	api.With(middleware.Compress(5)).Get("/compressed", func(w nethttp.ResponseWriter, r *nethttp.Request) {
		w.Header().Set("Content-Type", "text/plain")
		io.WriteString(w, strings.Repeat("again and ", 1000))
	})
	api.With(middleware.BasicAuth("here", map[string]string{"user": "word"})).Get("/secret", func(w nethttp.ResponseWriter, r *nethttp.Request) {
		user, _, _ := r.BasicAuth()
		fmt.Fprintf(w, "welcome, %s", user)
	})
	api.Handle("/files/*", nethttp.StripPrefix("/files", nethttp.FileServer(nethttp.Dir("../"))))
	api.NotFound(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		nethttp.Error(w, "nothing here", nethttp.StatusNotFound)
	})

	all := chi.NewRouter()
	all.Mount("/", api)
	all.Mount("/gzip", gzhttp.GzipHandler(nethttp.StripPrefix("/gzip", api)))
	return all
}

// TestMiddleware asks other people's router and middleware the same on this
// server's loop, on net/http's server on polled sockets, and on that alone, and
// compares what a client sees.
func TestMiddleware(t *testing.T) {
	listener, err := tcp.Listen("localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		queue := timer.NewQueue(clock.New())
		sock.NewServer(queue, listener, handler.Routine(application(), nil)).Start()
		queue.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
		listener.Close()
	})
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	standard := httptest.NewServer(application())
	t.Cleanup(standard.Close)
	ours := newOnNetconn(t, application())
	ours.Start()
	t.Cleanup(ours.Close)

	// One connection for all, as it is kept.
	client := &nethttp.Client{
		Transport:     &nethttp.Transport{DisableCompression: true},
		CheckRedirect: func(*nethttp.Request, []*nethttp.Request) error { return nethttp.ErrUseLastResponse },
	}
	for _, test := range []struct{ method, path, body, field string }{
		{"GET", "/", "", ""},
		{"GET", "/hello/world", "", ""},
		{"GET", "/hello/a%20b/", "", ""},
		{"HEAD", "/hello/world", "", ""},
		{"GET", "/nowhere", "", ""},
		{"PUT", "/hello/world", "", ""},
		{"POST", "/echo", "a=b&c=d", "Content-Type: application/x-www-form-urlencoded"},
		{"POST", "/echo", "a=%zz", "Content-Type: application/x-www-form-urlencoded"},
		{"GET", "/panic", "", ""},
		{"GET", "/long", "", ""},
		{"GET", "/compressed", "", "Accept-Encoding: gzip"},
		{"GET", "/compressed", "", ""},
		{"GET", "/secret", "", ""},
		{"GET", "/secret", "", "Authorization: Basic dXNlcjp3b3Jk"},
		{"GET", "/files/galaxy.jpg", "", ""},
		{"GET", "/files/galaxy.jpg", "", "Range: bytes=1000-1999"},
		{"GET", "/gzip/long", "", "Accept-Encoding: gzip"},
		{"GET", "/gzip/long", "", ""},
		{"HEAD", "/gzip/long", "", "Accept-Encoding: gzip"},
		{"GET", "/gzip/files/interval.svg", "", "Accept-Encoding: gzip"},
		{"GET", "/gzip/files/interval.svg", "", "Range: bytes=-100"},
	} {
		name := fmt.Sprint(test.method, " ", test.path, " ", test.field)
		var seen []string
		for _, server := range []string{standard.URL, "http://localhost:" + port, ours.URL} {
			r, err := nethttp.NewRequest(test.method, server+test.path, strings.NewReader(test.body))
			if err != nil {
				t.Fatal(err)
			}
			if field, value, ok := strings.Cut(test.field, ": "); ok {
				r.Header.Set(field, value)
			}
			reply, err := client.Do(r)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			seen = append(seen, describe(t, reply))
			reply.Body.Close()
		}
		for n, where := range []string{"on the loop", "on netconn"} {
			if got := seen[n+1]; got != seen[0] {
				t.Errorf("%s: the reply %s is\n%.2000s\nand with net/http\n%.2000s", name, where, got, seen[0])
			}
		}
		if strings.Contains(test.field, "gzip") && test.method == "GET" && !strings.Contains(seen[0], `Content-Encoding: ["gzip"]`) {
			t.Errorf("%s: the reply is not compressed:\n%.2000s", name, seen[0])
		}
	}
}

// describe is what a client sees of a reply, save its date, and whether its
// length was known beforehand.
func describe(t *testing.T, r *nethttp.Response) string {
	t.Helper()
	text := fmt.Sprintln(r.Status, r.Close, r.Uncompressed)
	r.Header.Del("Date")
	r.Header.Del("Content-Length")
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		text += fmt.Sprintf("%s: %q\n", name, r.Header[name])
	}
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" && r.Request.Method != "HEAD" {
		unzipped, err := gzip.NewReader(body)
		if err != nil {
			t.Fatal(err)
		}
		body = unzipped
	}
	data, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	return text + string(data)
}
