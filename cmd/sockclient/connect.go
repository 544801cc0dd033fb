package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"sockhttp/cmd/internal/command"
	"sockhttp/sock"
	"sockhttp/timer"

	"github.com/benbjohnson/clock"
)

// connect connects to the server at an address, which may come up within wait,
// and has routine talk to it. It returns when that is over, or when a signal
// ends it.
func connect(address string, wait time.Duration, routine sock.Routine, stderr io.Writer) (err error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, end := context.WithCancel(ctx)
	defer end()

	err = errors.New("interrupted") // unless Done is called
	queue := timer.NewQueue(clock.New())
	client := sock.NewClient(queue, sock.Dial(address), routine)
	client.Patience = wait
	client.Refused = func(err error) {
		fmt.Fprintf(stderr, "%s: cannot connect to %s: %v; trying again every %v for %v\n", program, address, command.Reason(err), client.Pace.Interval, wait)
	}
	connected := false
	client.Trace[sock.Connected] = func(sock.Event) { connected = true }
	client.Done = func(reason error) {
		if err = reason; !connected {
			err = fmt.Errorf("no server at %s within %v (%w); start one there, or wait longer with -wait", address, wait, command.Reason(err))
		}
		end()
	}
	client.Start()
	queue.Run(ctx)
	return err
}
