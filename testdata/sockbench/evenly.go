package main

import (
	"fmt"
	"sync"
	"time"

	"sockhttp/testdata/httpload"
)

// perRequest is how often a client comes to a server that is used evenly: too
// often for it to rest, and too seldom to keep it busy.
const perRequest = time.Millisecond

// evenly measures what servers use for a thousand clients a second.
func (b *bench) evenly(servers []server) (figures []figure, err error) {
	var percent samples
	for i, s := range servers {
		for round := range b.rounds {
			b.report("%d clients a second get %s from %s, round %d of %d", time.Second/perRequest, small, s.name, round+1, b.rounds)
			use, err := b.evenRound(s)
			if err != nil {
				return nil, err
			}
			percent.add(i, use)
		}
	}
	return []figure{{fmt.Sprintf("%s: %d requests a second, evenly: %% of a processor", small, time.Second/perRequest), percent.medians(), "%.1f"}}, nil
}

func (b *bench) evenRound(s server) (percent float64, err error) {
	p, err := start(s, b.dir)
	if err != nil {
		return 0, err
	}
	defer p.stop()
	target, err := httpload.NewTarget(p.address, "/"+small, false, b.checkBody(small))
	if err != nil {
		return 0, err
	}
	var clients sync.WaitGroup
	var failed error
	var once sync.Once
	stop, stopped := make(chan struct{}), make(chan struct{})
	begun := time.Now()
	go func() {
		defer close(stopped)
		for next := begun; ; next = next.Add(perRequest) {
			select {
			case <-stop:
				return
			case <-time.After(time.Until(next)):
			}
			clients.Go(func() {
				if _, err := target.Get(); err != nil {
					once.Do(func() { failed = err })
				}
			})
		}
	}()
	time.Sleep(b.settle)
	use, err := processorUse([]*process{p}, b.duration)
	close(stop)
	<-stopped
	clients.Wait()
	if err == nil && failed != nil {
		err = fmt.Errorf("%s: %w", s.name, failed)
	}
	if err != nil {
		return 0, err
	}
	return use[0], nil
}
