package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"

	"sockhttp/testdata/httpload"
)

// stalledClients is how many clients ask for the large file and do not read it.
const stalledClients = 200

// largeFile measures clients that get a large file beside stalled ones.
func (b *bench) largeFile(servers []server) ([]figure, error) {
	if err := b.makeLarge(); err != nil {
		return nil, err
	}
	processes, stop, err := b.startAll(servers)
	if err != nil {
		return nil, err
	}
	defer stop()
	var speed, growth samples
	for round := range b.rounds {
		for i, p := range processes {
			b.report("%d clients get a file of %d bytes from %s, round %d of %d", activeClients, b.largeSize, servers[i].name, round+1, b.rounds)
			before, err := p.usage()
			if err != nil {
				return nil, err
			}
			r, err := getLargeFile(p.address)
			if err != nil {
				return nil, err
			}
			after, err := p.usage()
			if err != nil {
				return nil, err
			}
			speed.add(i, float64(r.Bytes)/r.Elapsed.Seconds()/1e6)
			growth.add(i, float64(after.peak-before.resident)/1e6)
		}
	}
	what := fmt.Sprintf("%d bytes beside %d stalled clients: ", b.largeSize, stalledClients)
	return []figure{
		{what + "MB a second", speed.medians(), "%.0f"},
		{what + "resident memory grows by, MB", growth.medians(), "%.1f"},
	}, nil
}

// makeLarge makes the large file.
func (b *bench) makeLarge() error {
	file, err := os.Create(filepath.Join(b.dir, large))
	if err != nil {
		return err
	}
	return errors.Join(file.Truncate(b.largeSize), file.Close())
}

// getLargeFile connects the stalled clients, and has each active one get the
// large file once.
func getLargeFile(address string) (*httpload.Result, error) {
	for range stalledClients {
		c, err := net.Dial("tcp", address)
		if err != nil {
			return nil, err
		}
		defer c.Close()
		if err := c.(*net.TCPConn).SetReadBuffer(4096); err != nil {
			return nil, err
		}
		if _, err := fmt.Fprintf(c, "GET /%s HTTP/1.1\r\nHost: localhost\r\n\r\n", large); err != nil {
			return nil, err
		}
	}
	target, err := httpload.NewTarget(address, "/"+large, false, nil)
	if err != nil {
		return nil, err
	}
	return target.Run(context.Background(), activeClients, activeClients)
}
