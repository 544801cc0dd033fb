package handler_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	nethttp "net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sockhttp/http/handler"
	"sockhttp/sock"
	"sockhttp/sock/tcp"
	"sockhttp/sock/trace"
	"sockhttp/timer"

	"github.com/benbjohnson/clock"
)

// BenchmarkListing has clients list a directory, on real sockets: FileServer on
// Routine, and net/http's file server on its own server. Since that does
// not look up sizes and times, there is one more that does: nethttp-stat.
//
// With clients=1 an operation is one listing, each made anew. With clients=32, as
// many list without end, and an operation is a GET of a small file by another
// client, beside them; beside-ms is the median of those. Of Routine,
// callback-max-ms is what the longest callback took; on a machine that has other
// work, callback-p99-ms says more.
func BenchmarkListing(b *testing.B) {
	for _, directory := range []struct {
		name string
		fill func(dir string, i int) error
	}{
		{"short", func(dir string, i int) error {
			return os.WriteFile(filepath.Join(dir, fmt.Sprintf("file-%d.txt", i)), nil, 0o666)
		}},
		{"long", func(dir string, i int) error {
			return os.WriteFile(filepath.Join(dir, fmt.Sprintf("%06d%s", i, strings.Repeat("ü", 122))), nil, 0o666)
		}},
		{"links", func(dir string, i int) error {
			return os.Symlink("../a/b/c/d/e/f/g/h/file", filepath.Join(dir, fmt.Sprint(i)))
		}},
	} {
		dir := b.TempDir()
		deep := filepath.Join(dir, "a", "b", "c", "d", "e", "f", "g", "h")
		if err := os.MkdirAll(deep, 0o777); err != nil {
			b.Fatal(err)
		}
		writeFile(b, filepath.Join(deep, "file"), content)
		writeFile(b, filepath.Join(dir, "small"), content)
		many := filepath.Join(dir, "many")
		if err := os.Mkdir(many, 0o777); err != nil {
			b.Fatal(err)
		}
		for i := range 5000 {
			if err := directory.fill(many, i); err != nil {
				b.Skip(err)
			}
		}
		for _, server := range []string{"files", "nethttp", "nethttp-stat"} {
			for _, clients := range []int{1, 32} {
				b.Run(fmt.Sprintf("names=%s/clients=%d/server=%s", directory.name, clients, server), func(b *testing.B) {
					s := startBenchServer(b, server, dir)
					if clients == 1 {
						s.benchOne(b, many)
					} else {
						s.benchBeside(b, clients, "/many/", "")
					}
				})
			}
		}
	}
}

// BenchmarkRanges is as BenchmarkListing with clients=32, but they ask for many
// ranges, in all as long as the file.
func BenchmarkRanges(b *testing.B) {
	for _, c := range []struct{ size, n int }{{60_000, 16}, {1_000_000, 16}, {1_000_000, 1000}} {
		size, n := c.size, c.n
		dir := b.TempDir()
		writeFile(b, filepath.Join(dir, "small"), content)
		writeFile(b, filepath.Join(dir, "large"), strings.Repeat("x", size))
		var ranges []string
		for at := 0; at < size; at += size / n {
			ranges = append(ranges, fmt.Sprintf("%d-%d", at, min(at+size/n, size)-1))
		}
		field := "Range: bytes=" + strings.Join(ranges[:n], ",") + "\r\n"
		for _, server := range []string{"files", "nethttp"} {
			b.Run(fmt.Sprintf("size=%d/ranges=%d/server=%s", size, n, server), func(b *testing.B) {
				startBenchServer(b, server, dir).benchBeside(b, 32, "/large", field)
			})
		}
	}
}

// benchOne lists a directory again and again. Its time changes, so no page is
// kept.
func (s *benchServer) benchOne(b *testing.B, dir string) {
	c := s.dial(b)
	at := fileTime
	for b.Loop() {
		at = at.Add(time.Second)
		if err := os.Chtimes(dir, at, at); err != nil {
			b.Fatal(err)
		}
		c.get(b, "/many/", "")
	}
	c.conn.Close()
	s.end()
	s.reportCallbacks(b)
}

func (s *benchServer) reportCallbacks(b *testing.B) {
	if n := len(s.callbacks); n > 0 {
		slices.Sort(s.callbacks)
		b.ReportMetric(ms64(s.callbacks[n*99/100]), "callback-p99-ms")
		b.ReportMetric(ms64(s.callbacks[n-1]), "callback-max-ms")
	}
}

// benchBeside gets a small file beside clients that ask for something else.
func (s *benchServer) benchBeside(b *testing.B, clients int, path, fields string) {
	done := make(chan struct{})
	var group sync.WaitGroup
	for range clients {
		c := s.dial(b)
		group.Go(func() {
			defer c.conn.Close()
			for {
				select {
				case <-done:
					return
				default:
					c.get(b, path, fields)
				}
			}
		})
	}
	var took []time.Duration
	for b.Loop() {
		began := time.Now()
		c := s.dial(b)
		c.get(b, "/small", "")
		c.conn.Close()
		took = append(took, time.Since(began))
	}
	close(done)
	group.Wait()
	s.end()
	s.reportCallbacks(b)
	slices.Sort(took)
	b.ReportMetric(ms64(took[len(took)/2]), "beside-ms")
}

func ms64(d time.Duration) float64 { return float64(d.Microseconds()) / 1e3 }

// A benchServer serves a directory until end is called.
type benchServer struct {
	address   string
	end       func()
	callbacks []time.Duration // what each took
}

func startBenchServer(b *testing.B, kind, dir string) *benchServer {
	if kind != "files" {
		var files nethttp.FileSystem = nethttp.Dir(dir)
		if kind == "nethttp-stat" {
			files = statFS{files}
		}
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		go nethttp.Serve(listener, nethttp.FileServer(files))
		return &benchServer{address: listener.Addr().String(), end: func() { listener.Close() }}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		b.Fatal(err)
	}
	listener, err := tcp.Listen("127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	s := &benchServer{address: listener.Addr().String()}
	queue := timer.NewQueue(clock.New())
	server := sock.NewServer(queue, listener, handler.Routine(handler.FileServer(root, false), nil))
	var fired time.Time
	server.Trace[trace.TimerFired] = func(e trace.Event) { fired = e.Time }
	server.Trace[trace.TimerSet] = func(e trace.Event) {
		if e.Callback == "ServerCallback" {
			s.callbacks = append(s.callbacks, e.Time.Sub(fired))
		}
	}
	server.Start()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		queue.Run(ctx)
		close(ended)
	}()
	s.end = func() {
		cancel()
		<-ended
		listener.Close()
		root.Close()
	}
	return s
}

// A statFS has no ReadDir, but only Readdir, which looks up each name.
type statFS struct{ nethttp.FileSystem }

func (f statFS) Open(name string) (nethttp.File, error) {
	file, err := f.FileSystem.Open(name)
	return struct{ nethttp.File }{file}, err
}

type benchClient struct {
	conn   net.Conn
	reader *bufio.Reader
}

func (s *benchServer) dial(b *testing.B) *benchClient {
	conn, err := net.Dial("tcp", s.address)
	if err != nil {
		b.Fatal(err)
	}
	return &benchClient{conn, bufio.NewReaderSize(conn, 64<<10)}
}

func (c *benchClient) get(b *testing.B, path, fields string) {
	if _, err := io.WriteString(c.conn, "GET "+path+" HTTP/1.1\r\nHost: a\r\n"+fields+"\r\n"); err != nil {
		b.Error(err)
		return
	}
	r, err := nethttp.ReadResponse(c.reader, nil)
	if err == nil {
		_, err = io.Copy(io.Discard, r.Body)
	}
	if err != nil || r.StatusCode >= 300 {
		b.Error(r, err)
	}
}
