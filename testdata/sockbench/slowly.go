package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// A slowClient does a little of something every 1.8 ms: just often enough for
// a server that polls without rest for 2 ms never to rest.
type slowClient struct {
	what  string
	begin string // what it sends first
	step  func(c net.Conn) error
}

const slowStep = 1800 * time.Microsecond

var slowClients = []slowClient{
	{"a client that sends a byte every 1.8 ms", "GET / HTTP/1.1\r\nX: ", func(c net.Conn) error {
		_, err := c.Write([]byte("x"))
		return err
	}},
	{"a client that takes 42 MB a second", "GET /" + large + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", func(c net.Conn) error {
		_, err := io.CopyN(io.Discard, c, 75_600)
		return err
	}},
}

// slowly measures what servers use for one slow client.
func (b *bench) slowly(servers []server) (figures []figure, err error) {
	if err := b.makeLarge(); err != nil {
		return nil, err
	}
	for _, client := range slowClients {
		var percent samples
		for i, s := range servers {
			for round := range b.rounds {
				b.report("%s, and %s, round %d of %d", client.what, s.name, round+1, b.rounds)
				use, err := b.slowRound(s, client)
				if err != nil {
					return nil, err
				}
				percent.add(i, use)
			}
		}
		figures = append(figures, figure{client.what + ": % of a processor", percent.medians(), "%.1f"})
	}
	return figures, nil
}

// slowRound measures s with one slow client.
func (b *bench) slowRound(s server, client slowClient) (percent float64, err error) {
	p, err := start(s, b.dir)
	if err != nil {
		return 0, err
	}
	defer p.stop()
	ctx, stop := context.WithCancel(context.Background())
	var failed error
	var done sync.WaitGroup
	done.Go(func() { failed = client.run(ctx, p.address) })
	time.Sleep(b.settle)
	use, err := processorUse([]*process{p}, b.duration)
	stop()
	if done.Wait(); err == nil && failed != nil {
		err = fmt.Errorf("%s: %w", client.what, failed)
	}
	if err != nil {
		return 0, err
	}
	return use[0], nil
}

// run is the client, until ctx ends. When its connection ends, it begins anew.
func (s slowClient) run(ctx context.Context, address string) error {
	tick := time.NewTicker(slowStep)
	defer tick.Stop()
	for {
		c, err := net.Dial("tcp", address)
		if err == nil {
			_, err = io.WriteString(c, s.begin)
		}
		if err != nil {
			return err
		}
		for err == nil {
			select {
			case <-tick.C:
				err = s.step(c)
			case <-ctx.Done():
				return c.Close()
			}
		}
		c.Close()
	}
}
