package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net"
	"os"
	"slices"
	"time"

	"sockhttp/testdata/httpload"
)

// idleClients are held while the processor time is taken: with the one that
// came to see whether the server listens, fewer than the post's 28 units.
const idleClients = 20

// A point is what was measured at one interval and one pace.
type point struct {
	interval    time.Duration
	requests    int
	mean, worst time.Duration // from a request to its reply, for one client alone
	perSecond   float64       // clients answered, when there are always some waiting
	percent     float64       // of a processor, with idle clients
}

// The paces, and what each is called where it is drawn.
var paces = []struct {
	name  string
	flags []string
}{
	{"as posted", []string{"-as-posted"}},
	{"eager", nil},
}

// model is what the posted pace must give one client that comes at any time.
// ListenerCallback waits an interval and then polls for as long; a client that
// comes while it polls is accepted at once, another when the wait is over, so
// after a quarter of an interval in the mean and one at the worst. Its
// ServerCallback comes an interval later, finds the request, and answers. With
// clients always waiting, each ListenerCallback finds one without waiting.
func model(interval time.Duration) (mean, worst time.Duration, perSecond float64) {
	return interval + interval/4, 2 * interval, 1 / interval.Seconds()
}

// sweep measures both paces at intervals from 1 ms to 1 s, prints the points
// and draws them.
func (b *bench) sweep(svg string, stdout io.Writer) error {
	pin()
	file, err := os.Create(svg)
	if err != nil {
		return err
	}
	defer file.Close()
	points := make([][]point, len(paces))
	for i, pace := range paces {
		for _, ms := range []int{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000} {
			interval := time.Duration(ms) * time.Millisecond
			p, err := b.point(pace.name, pace.flags, interval)
			if err != nil {
				return err
			}
			points[i] = append(points[i], p)
		}
	}
	b.say("")
	fmt.Fprintln(stdout, "| pace | interval | requests | mean | model | worst | model | clients a second | model | % of a processor |")
	fmt.Fprintln(stdout, "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
	for i, pace := range paces {
		for _, p := range points[i] {
			mean, worst, perSecond := "", "", ""
			if i == 0 {
				m, w, s := model(p.interval)
				mean, worst, perSecond = m.String(), w.String(), fmt.Sprint(s)
			}
			fmt.Fprintf(stdout, "| %s | %v | %d | %v | %s | %v | %s | %.4g | %s | %.2f |\n", pace.name, p.interval, p.requests,
				p.mean.Round(10*time.Microsecond), mean, p.worst.Round(10*time.Microsecond), worst, p.perSecond, perSecond, p.percent)
		}
	}
	if err := draw(file, points); err != nil {
		return err
	}
	return file.Close()
}

// point measures a server with the post's times, scaled to interval.
func (b *bench) point(name string, flags []string, interval time.Duration) (point, error) {
	flags = append(slices.Clone(flags), "-interval", interval.String(), "-listen-wait", interval.String(), "-poll-wait", (interval / 10).String())
	p := point{interval: interval}
	server, err := start(sockhttp("sockhttp", b.binary, flags...), b.dir)
	if err != nil {
		return p, err
	}
	defer server.stop()
	b.say("%s, every %v: waiting for replies", name, interval)
	target, err := httpload.NewTarget(server.address, "/"+small, false, nil)
	if err != nil {
		return p, err
	}
	random := rand.New(rand.NewPCG(1, uint64(interval)))
	var sum time.Duration
	for begun := time.Now(); p.requests < 15 || p.requests < 1000 && time.Since(begun) < 4*b.time; p.requests++ {
		// Pauses as long as the listener's round, at most, make the
		// client come at any time of it.
		time.Sleep(time.Duration(random.Int64N(int64(2 * interval))))
		took, err := target.Get()
		if err != nil {
			return p, err
		}
		sum += took
		p.worst = max(p.worst, took)
	}
	p.mean = sum / time.Duration(p.requests)

	b.say("%s, every %v: a crowd", name, interval)
	ctx, cancel := context.WithTimeout(context.Background(), max(2*b.time, 8*interval))
	defer cancel()
	r, err := target.Run(ctx, clients, math.MaxInt)
	if err != nil {
		return p, err
	}
	p.perSecond = r.PerSecond()

	b.say("%s, every %v: holding %d idle clients", name, interval, idleClients)
	for range idleClients {
		c, err := net.Dial("tcp", server.address)
		if err != nil {
			return p, err
		}
		defer c.Close()
	}
	time.Sleep(time.Second) // they have gone quiet
	percent, err := used([]*process{server}, 2*b.time)
	if err != nil {
		return p, err
	}
	p.percent = percent[0]
	return p, nil
}
