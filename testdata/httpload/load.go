// Package httpload asks an HTTP server for one file again and again, as several
// clients at once, and takes the time: what the benchmarks of this repository
// and testdata/sockbench measure servers with. It knows none of them.
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

// patience is how long a client waits for a reply.
const patience = time.Minute

var (
	dialer = net.Dialer{KeepAlive: -1}
	ok     = []byte("HTTP/1.1 200 ")
)

// NewTarget gets the file named path from the server at address, a TCP host and
// port, and checks that its body is what check accepts; nil accepts any. From
// then on every reply must be of that reply's length and status, which must be
// 200. With keepAlive a client asks again on the connection that it has,
// otherwise each request has one of its own.
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
	read := &counter{Reader: conn}
	r, err := nethttp.ReadResponse(bufio.NewReader(read), nil)
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
	t.length = read.n
	return t, nil
}

// A counter counts what is read.
type counter struct {
	io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += int64(n)
	return n, err
}

// A Result is what the clients found.
type Result struct {
	Elapsed time.Duration
	Bytes   int64           // of all replies
	Latency []time.Duration // of each request, ascending: from before connecting to the reply's last byte
}

// PerSecond is the number of requests answered in a second.
func (r *Result) PerSecond() float64 { return float64(len(r.Latency)) / r.Elapsed.Seconds() }

// Quantile is the latency that the part q of the requests, from 0 to 1, did not
// exceed; 0 without requests.
func (r *Result) Quantile(q float64) time.Duration {
	if len(r.Latency) == 0 {
		return 0
	}
	return r.Latency[min(int(q*float64(len(r.Latency))), len(r.Latency)-1)]
}

// Run has clients ask until they have asked n times together, or ctx has ended;
// then what is being answered is no longer waited for, nor counted. It fails if
// any request does.
func (t *Target) Run(ctx context.Context, clients, n int) (*Result, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var (
		left  atomic.Int64
		all   sync.WaitGroup
		each  = make([][]time.Duration, clients)
		begun = time.Now()
	)
	left.Store(int64(n))
	for i := range clients {
		each[i] = make([]time.Duration, 0, min(n/clients+n/8, 1<<20)+1)
		all.Go(func() {
			c := &client{target: t, buffer: make([]byte, min(t.length+1, 64<<10))}
			defer c.close()
			defer context.AfterFunc(ctx, c.interrupt)()
			for left.Add(-1) >= 0 && ctx.Err() == nil {
				took, err := c.get()
				if ctx.Err() != nil {
					return
				}
				if err != nil {
					cancel(err)
					return
				}
				each[i] = append(each[i], took)
			}
		})
	}
	all.Wait()
	r := &Result{Elapsed: time.Since(begun), Latency: slices.Concat(each...)}
	r.Bytes = int64(len(r.Latency)) * t.length
	slices.Sort(r.Latency)
	if err := context.Cause(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, context.Canceled) {
		return nil, err
	}
	return r, nil
}

// Get asks once, on a connection of its own.
func (t *Target) Get() (took time.Duration, err error) {
	c := &client{target: t, buffer: make([]byte, min(t.length+1, 64<<10))}
	defer c.close()
	return c.get()
}

// A client asks for one thing after the other.
type client struct {
	target *Target
	buffer []byte

	mu          sync.Mutex
	conn        net.Conn
	interrupted bool
}

func (c *client) get() (took time.Duration, err error) {
	conn := c.conn
	if conn == nil {
		if conn, err = dialer.Dial("tcp", c.target.address); err != nil {
			return 0, err
		}
	}
	begun := time.Now()
	c.hold(conn, begun.Add(patience))
	if _, err := conn.Write(c.target.request); err != nil {
		return 0, err
	}
	for got := int64(0); got < c.target.length; {
		n, err := conn.Read(c.buffer)
		if got == 0 && n >= len(ok) && !bytes.HasPrefix(c.buffer, ok) {
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

// hold makes conn the client's, for an exchange that ends by deadline.
func (c *client) hold(conn net.Conn, deadline time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.conn = conn
	if c.interrupted {
		deadline = time.Now()
	}
	conn.SetDeadline(deadline)
}

// interrupt ends what is being waited for, from another goroutine.
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
