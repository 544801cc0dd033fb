package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"

	"sockhttp/testdata/httpload"
)

// activeClients is how many clients ask at a time, each for one file after the
// other.
const activeClients = 16

// newConnections measures clients that get the small file and the picture, with
// a connection for each request.
func (b *bench) newConnections(servers []server) ([]figure, error) {
	return b.bothFiles(servers, false, "")
}

// keptConnections measures clients that get the same again and again on one
// connection each, ours from sockserverhttp -files.
func (b *bench) keptConnections(servers []server) ([]figure, error) {
	servers = slices.Clone(servers)
	servers[ours] = sockhttp("sockhttp -files", b.program, "-files")
	return b.bothFiles(servers, true, ", connection kept")
}

func (b *bench) bothFiles(servers []server, keepAlive bool, how string) (figures []figure, err error) {
	for _, file := range []string{small, galaxy} {
		got, err := b.requests(servers, file, keepAlive)
		if err != nil {
			return nil, err
		}
		if file == galaxy {
			got = got[:2] // the small file tells the rest
		}
		for _, f := range got {
			f.what = file + how + ": " + f.what
			figures = append(figures, f)
		}
	}
	return figures, nil
}

// costOfLog compares our server with its log and without one.
func (b *bench) costOfLog([]server) ([]figure, error) {
	figures, err := b.requests([]server{sockhttp("sockhttp", b.program), sockhttp("sockhttp -q", b.program, "-q")}, small, false)
	if err != nil {
		return nil, err
	}
	perSecond := figures[0].values
	return []figure{{small + ": requests a second with the log, of those without, %", []float64{100 * perSecond[0] / perSecond[1]}, "%.0f"}}, nil
}

// requests measures clients that get file, in each round from one server after
// the other.
func (b *bench) requests(servers []server, file string, keepAlive bool) (figures []figure, err error) {
	processes, stop, err := b.startAll(servers)
	if err != nil {
		return nil, err
	}
	defer stop()
	targets := make([]*httpload.Target, len(servers))
	for i, p := range processes {
		if targets[i], err = httpload.NewTarget(p.address, "/"+file, keepAlive, b.checkBody(file)); err != nil {
			return nil, err
		}
	}
	var perSecond, p50, p99, processor samples
	for round := range b.rounds {
		for i, target := range targets {
			b.report("%d clients get %s from %s, round %d of %d", activeClients, file, servers[i].name, round+1, b.rounds)
			before, r, err := b.requestRound(processes[i], target)
			if err != nil {
				return nil, err
			}
			after, err := processes[i].usage()
			perSecond.add(i, r.PerSecond())
			p50.add(i, microseconds(r.Quantile(0.50)))
			p99.add(i, microseconds(r.Quantile(0.99)))
			if err == nil {
				processor.add(i, microseconds(after.processor-before.processor)/float64(len(r.Latency)))
			}
		}
	}
	return []figure{
		{"requests a second", perSecond.medians(), "%.0f"},
		{"p50, µs", p50.medians(), "%.0f"},
		{"p99, µs", p99.medians(), "%.0f"},
		{"processor time a request, µs", processor.medians(), "%.1f"},
	}, nil
}

// requestRound has clients get target for the duration of a round, and returns
// what p had used before. On a system that is so busy that nothing is answered
// in that time it begins anew, with twice the time. A server that never answers
// ends this, because target then fails.
func (b *bench) requestRound(p *process, target *httpload.Target) (before usage, r *httpload.Result, err error) {
	for duration := b.duration; err == nil && (r == nil || len(r.Latency) == 0); duration *= 2 {
		before, _ = p.usage()
		ctx, cancel := context.WithTimeout(context.Background(), duration)
		r, err = target.Run(ctx, activeClients, math.MaxInt)
		cancel()
	}
	return before, r, err
}

// checkBody returns a check that a body is the file name of the directory that
// is served.
func (b *bench) checkBody(name string) func(io.Reader) error {
	return func(body io.Reader) error {
		want, err := os.ReadFile(filepath.Join(b.dir, name))
		if err != nil {
			return err
		}
		got, err := io.ReadAll(body)
		if err == nil && string(got) != string(want) {
			err = fmt.Errorf("%d bytes that are not those of %s", len(got), name)
		}
		return err
	}
}
