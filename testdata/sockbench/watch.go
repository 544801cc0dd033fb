package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	nethttp "net/http"
	"os/exec"
	"time"
)

// costOfWatch compares our server without a page that shows it at work, with one
// that nobody has opened, and with one that is open. A page has a loop of its own, so
// each server has two threads here, on one processor.
func (b *bench) costOfWatch([]server) ([]figure, error) {
	closed, err := freeAddress()
	if err != nil {
		return nil, err
	}
	open, err := freeAddress()
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	told := make(chan int)
	go func() { told <- openPage(ctx, open) }()
	servers := []server{
		sockhttp("sockhttp", b.program),
		sockhttp("sockhttp -watch", b.program, "-watch", closed),
		sockhttp("sockhttp -watch, with its page open", b.program, "-watch", open),
	}
	for i, s := range servers {
		servers[i].command = func(address, dir, scratch string) (*exec.Cmd, error) {
			c, err := s.command(address, dir, scratch)
			if err == nil {
				c.Env = append(c.Env, "GOMAXPROCS=2")
			}
			return c, err
		}
	}
	figures, err := b.requests(servers, small, false)
	stop()
	if bytes := <-told; err == nil && bytes == 0 {
		err = errors.New("the page of sockhttp -watch was told of nothing")
	}
	if err != nil {
		return nil, err
	}
	var rows []figure
	for i, what := range []string{"with -watch", "with the page of -watch open"} {
		rows = append(rows, figure{fmt.Sprintf("%s: requests a second %s, of those without, %%", small, what), []float64{100 * figures[0].values[i+1] / figures[0].values[0]}, "%.0f"})
	}
	return rows, nil
}

// openPage asks for events as the page at address does, until ctx ends, and returns
// how many bytes it was told. It does not draw them: that would take processor time
// from the clients.
func openPage(ctx context.Context, address string) (told int) {
	const every = 100 * time.Millisecond // as in the page's script
	for next := uint64(0); ctx.Err() == nil; {
		if r, err := nethttp.Get(fmt.Sprintf("http://%s/events?since=%d", address, next)); err == nil { // it listens
			answer, _ := io.ReadAll(r.Body)
			r.Body.Close()
			told += len(answer)
			fmt.Sscanf(string(answer[:min(len(answer), 40)]), `{"next":%d,`, &next)
		}
		select {
		case <-ctx.Done():
		case <-time.After(every):
		}
	}
	return told
}
