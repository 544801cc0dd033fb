package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"time"

	"sockhttp/testdata/httpload"
)

// nobody measures what servers use while nobody is connected.
func (b *bench) nobody(servers []server) ([]figure, error) {
	processes, stop, err := b.startAll(servers)
	if err != nil {
		return nil, err
	}
	defer stop()
	b.report("nobody is connected")
	time.Sleep(b.settle) // they close the connection that start made
	var percent samples
	for range b.rounds {
		use, err := processorUse(processes, b.duration)
		if err != nil {
			return nil, err
		}
		for i, u := range use {
			percent.add(i, u)
		}
	}
	return []figure{{"nobody connected: % of a processor", percent.medians(), "%.2f"}}, nil
}

// idle measures servers with many clients that send nothing, and one that does.
func (b *bench) idle(servers []server) ([]figure, error) {
	servers = slices.Clone(servers)
	servers[ours] = sockhttp("sockhttp", b.program, "-max-clients", strconv.Itoa(b.idleClients+1000))
	var percent, resident, p99 samples
	for i, s := range servers {
		for round := range b.rounds {
			b.report("%d idle clients of %s, round %d of %d", b.idleClients, s.name, round+1, b.rounds)
			m, err := b.idleRound(s)
			if err != nil {
				return nil, err
			}
			percent.add(i, m.percent)
			resident.add(i, m.resident)
			p99.add(i, m.p99)
		}
	}
	what := fmt.Sprintf("%d idle clients: ", b.idleClients)
	return []figure{
		{what + "% of a processor", percent.medians(), "%.1f"},
		{what + "resident memory of each, bytes", resident.medians(), "%.0f"},
		{what + "p99 of another's GET, µs", p99.medians(), "%.0f"},
	}, nil
}

// An idleMeasurement is what a server with idle clients used and did.
type idleMeasurement struct {
	percent  float64 // of a processor, while they were alone
	resident float64 // memory for each of them, in bytes
	p99      float64 // of another client's GET, in microseconds
}

// idleRound measures s with idle clients, first alone, then beside another one.
func (b *bench) idleRound(s server) (m idleMeasurement, err error) {
	p, err := start(s, b.dir)
	if err != nil {
		return m, err
	}
	defer p.stop()
	target, err := httpload.NewTarget(p.address, "/"+small, false, b.checkBody(small))
	if err != nil {
		return m, err
	}
	before, err := p.usage()
	if err != nil {
		return m, err
	}
	var oldest net.Conn
	for range b.idleClients {
		c, err := net.Dial("tcp", p.address)
		if err != nil {
			return m, fmt.Errorf("cannot connect %d idle clients; the limit on open files (ulimit -n) may be lower: %w", b.idleClients, err)
		}
		defer c.Close()
		if oldest == nil {
			oldest = c
		}
	}
	time.Sleep(b.settle) // the server has accepted them all, and polls them at its full interval
	percent, err := processorUse([]*process{p}, b.duration)
	if err != nil {
		return m, err
	}
	after, err := p.usage()
	if err != nil {
		return m, err
	}
	var latency []time.Duration
	for begun := time.Now(); len(latency) == 0 || time.Since(begun) < b.duration; time.Sleep(5 * time.Millisecond) {
		took, err := target.Get()
		if err != nil {
			return m, err
		}
		latency = append(latency, took)
	}
	oldest.SetReadDeadline(time.Now().Add(time.Millisecond))
	if _, err := oldest.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		return m, fmt.Errorf("%s did not keep its idle clients until the end; shorten the round with -time or -idle", s.name)
	}
	slices.Sort(latency)
	m.percent = percent[0]
	m.resident = float64(after.resident-before.resident) / float64(b.idleClients)
	m.p99 = microseconds(latency[len(latency)*99/100])
	return m, nil
}
