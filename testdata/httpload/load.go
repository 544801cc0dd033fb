// Package httpload measures an HTTP server: several clients at once get one file
// again and again. The benchmarks of package http and testdata/sockbench use it.
package httpload

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	nethttp "net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// A Target is a file of a server.
type Target struct {
	address   string
	request   []byte
	keepAlive bool
	length    int64 // of a reply, with its head
}

// replyTimeout is how long a client waits for a reply.
const replyTimeout = time.Minute

var (
	dialer   = net.Dialer{KeepAlive: -1}
	statusOK = []byte("HTTP/1.1 200 ")
)

// NewTarget gets the file named path once from the server at address, a TCP host
// and port, and fails unless the status is 200 and check accepts the body. A nil
// check accepts any. Every later reply must have the same status and length, the
// head included. With keepAlive each client keeps its connection, otherwise it
// makes one for each request.
func NewTarget(address, path string, keepAlive bool, check func(body io.Reader) error) (*Target, error) {
	connection := "close"
	if keepAlive {
		connection = "keep-alive"
	}
	t := &Target{
		address: address, keepAlive: keepAlive,
		request: fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: %s\r\n\r\n", path, connection),
	}
	conn, err := dialer.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if _, err := conn.Write(t.request); err != nil {
		return nil, err
	}
	counted := &countingReader{Reader: conn}
	r, err := nethttp.ReadResponse(bufio.NewReader(counted), nil)
	if err != nil {
		return nil, err
	}
	if r.StatusCode != nethttp.StatusOK || r.ContentLength < 0 {
		return nil, fmt.Errorf("%s answered %s with %s and a Content-Length of %d", address, path, r.Status, r.ContentLength)
	}
	if check != nil {
		if err := check(r.Body); err != nil {
			return nil, fmt.Errorf("%s answered %s with another body: %w", address, path, err)
		}
	}
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return nil, err
	}
	t.length = counted.n
	return t, nil
}

// A countingReader counts the bytes that are read.
type countingReader struct {
	io.Reader
	n int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += int64(n)
	return n, err
}

// A Result is what the clients measured.
type Result struct {
	Elapsed time.Duration
	Bytes   int64 // of all replies

	// Latency is, for each request, the time from sending it to the last byte
	// of its reply, in ascending order. Connecting is not part of it: the
	// kernel does that, whatever the server does.
	Latency []time.Duration
}

// PerSecond is how many requests were answered in a second.
func (r *Result) PerSecond() float64 { return float64(len(r.Latency)) / r.Elapsed.Seconds() }

// Quantile is the latency that a share q of the requests, from 0 to 1, did not
// exceed. It is 0 if there was no request.
func (r *Result) Quantile(q float64) time.Duration {
	if len(r.Latency) == 0 {
		return 0
	}
	return r.Latency[min(int(q*float64(len(r.Latency))), len(r.Latency)-1)]
}

// Run has a number of clients make n requests in all, or fewer if ctx ends
// before. Requests that are unanswered then are given up and not counted. Run
// fails if a request fails.
func (t *Target) Run(ctx context.Context, clients, n int) (*Result, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var (
		remaining atomic.Int64
		running   sync.WaitGroup
		latencies = make([][]time.Duration, clients)
		begun     = time.Now()
	)
	remaining.Store(int64(n))
	for i := range clients {
		latencies[i] = make([]time.Duration, 0, min(n/clients+n/8, 1<<20)+1)
		running.Go(func() {
			c := &client{target: t, buffer: make([]byte, min(t.length+1, 64<<10))}
			defer c.close()
			defer context.AfterFunc(ctx, c.interrupt)()
			for remaining.Add(-1) >= 0 && ctx.Err() == nil {
				took, err := c.get()
				if ctx.Err() != nil {
					return
				}
				if err != nil {
					cancel(err)
					return
				}
				latencies[i] = append(latencies[i], took)
			}
		})
	}
	running.Wait()
	r := &Result{Elapsed: time.Since(begun), Latency: slices.Concat(latencies...)}
	r.Bytes = int64(len(r.Latency)) * t.length
	slices.Sort(r.Latency)
	if err := context.Cause(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, context.Canceled) {
		return nil, err
	}
	return r, nil
}

// Get makes one request, on a connection of its own.
func (t *Target) Get() (took time.Duration, err error) {
	c := &client{target: t, buffer: make([]byte, min(t.length+1, 64<<10))}
	defer c.close()
	return c.get()
}

// A client makes one request after the other.
type client struct {
	target *Target
	buffer []byte

	mu          sync.Mutex
	conn        net.Conn
	interrupted bool
}

// get makes one request and returns its latency.
func (c *client) get() (took time.Duration, err error) {
	conn := c.conn
	if conn == nil {
		if conn, err = dialer.Dial("tcp", c.target.address); err != nil {
			return 0, err
		}
	}
	begun := time.Now()
	c.use(conn, begun.Add(replyTimeout))
	if _, err := conn.Write(c.target.request); err != nil {
		return 0, err
	}
	for got := int64(0); got < c.target.length; {
		n, err := conn.Read(c.buffer)
		if got == 0 && n >= len(statusOK) && !bytes.HasPrefix(c.buffer, statusOK) {
			return 0, fmt.Errorf("%s answered %q", c.target.address, c.buffer[:n])
		}
		got += int64(n)
		if err != nil && got < c.target.length {
			return 0, fmt.Errorf("%s answered with %d bytes, not %d: %w", c.target.address, got, c.target.length, err)
		}
		if got > c.target.length {
			return 0, fmt.Errorf("%s answered with more than %d bytes", c.target.address, c.target.length)
		}
	}
	took = time.Since(begun)
	if !c.target.keepAlive {
		c.close()
	}
	return took, nil
}

// use makes conn the client's connection, for a request that ends by deadline.
func (c *client) use(conn net.Conn, deadline time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.conn = conn
	if c.interrupted {
		deadline = time.Now()
	}
	conn.SetDeadline(deadline)
}

// interrupt makes get fail at once. It is called on another goroutine.
func (c *client) interrupt() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.interrupted = true
	if c.conn != nil {
		c.conn.SetDeadline(time.Now())
	}
}

func (c *client) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.conn != nil {
		c.conn.Close()
		c.conn = nil
	}
}
