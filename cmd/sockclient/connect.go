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

	"sockhttp/cmd/command"
	"sockhttp/sock"
	"sockhttp/sock/tcp"
	"sockhttp/timer"

	"github.com/benbjohnson/clock"
)

// untilSignal returns a context that ends when the program is told to end: by
// Ctrl-C, kill or the end of its terminal, but by none that it was started to
// ignore, as with nohup.
func untilSignal() (ctx context.Context, stop func()) {
	var heeded []os.Signal
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(s) {
			heeded = append(heeded, s)
		}
	}
	return signal.NotifyContext(context.Background(), heeded...)
}

// connect connects to the server at an address, which may come up within wait,
// and has routine talk to it. It returns when that is over, or when ctx ends.
func connect(ctx context.Context, address string, wait time.Duration, routine sock.Routine, stderr io.Writer) (err error) {
	ctx, end := context.WithCancel(ctx)
	defer end()

	err = errors.New("interrupted") // unless Done is called
	queue := timer.NewQueue(clock.New())
	client := sock.NewClient(queue, tcp.Dial(address), routine)
	client.DialTimeout = wait
	client.OnRetry = func(err error) {
		fmt.Fprintf(stderr, "%s: cannot connect to %s: %v; trying again every %v for %v\n", program, address, command.Reason(err), client.Pace.Interval, wait)
	}
	connected := false
	client.Trace[sock.Connected] = func(sock.Event) { connected = true }
	client.OnDone = func(reason error) {
		if err = reason; !connected {
			err = fmt.Errorf("no server at %s within %v (%w); start one there, or wait longer with -wait", address, wait, command.Reason(err))
		}
		end()
	}
	client.Start()
	queue.Run(ctx)
	return err
}
