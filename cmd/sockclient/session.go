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
	"sockhttp/sock/trace"
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

// errInterrupted is the error of a client that was not done when the program was
// told to end.
var errInterrupted = errors.New("interrupted")

// A session is clients of one server, on one queue.
type session struct {
	queue   *timer.Queue
	dial    func() sock.Dialer
	address string
	pace    sock.Pace
	wait    time.Duration // for the server to be there
	errors  io.Writer     // gets a line if it is not there at once
	log     *command.Log  // of every callback, or nil

	clients int
	running int
	retried bool
	end     func() // called when none is running
}

// newSession returns a session without clients. It is to be closed.
func newSession(o *options, address string, stderr io.Writer) *session {
	dial := tcp.Dial
	if o.manner.rate > 0 {
		dial = tcp.DialNarrow
	}
	s := &session{
		queue:   timer.NewQueue(clock.New()),
		dial:    func() sock.Dialer { return dial(address) },
		address: address, pace: o.pace(), wait: o.wait, errors: stderr,
	}
	if o.verbose {
		s.log = command.NewLog(program, stderr, stderr, command.Verbose)
		s.errors = s.log.Logger.Writer()
	}
	return s
}

func (s *session) close() {
	if s.log != nil {
		s.log.Close()
	}
}

// add starts a client, whose routine talks to the server once that is there. It
// calls done when that is over. The clients' units are told apart in the log: the
// first one's is 100.
func (s *session) add(routine sock.Routine, done func(error)) {
	client := sock.NewClient(s.queue, s.dial(), routine)
	client.Pace, client.DialTimeout = s.pace, s.wait
	client.OnRetry = func(err error) {
		if !s.retried {
			s.retried = true
			fmt.Fprintf(s.errors, "%s: cannot connect to %s: %v; trying again every %v for %v\n", program, s.address, command.Reason(err), client.Pace.Interval, s.wait)
		}
	}
	connected := false
	client.OnDone = func(err error) {
		if !connected {
			err = fmt.Errorf("no server at %s within %v (%w); start one there, or wait longer with -wait", s.address, s.wait, command.Reason(err))
		}
		done(err)
		if s.running--; s.running == 0 {
			s.end()
		}
	}
	if number := s.clients; s.log != nil {
		for kind, f := range s.log.Trace("") {
			client.Trace[kind] = func(e trace.Event) {
				e.LUN += number
				f(e)
			}
		}
	}
	log := client.Trace[trace.Connected]
	client.Trace[trace.Connected] = func(e trace.Event) {
		connected = true
		if log != nil {
			log(e)
		}
	}
	s.clients, s.running = s.clients+1, s.running+1
	client.Start()
}

// run returns when all clients are done, or when ctx ends.
func (s *session) run(ctx context.Context) {
	ctx, s.end = context.WithCancel(ctx)
	defer s.end()
	s.queue.Run(ctx)
}

// connect has one routine talk to the server at an address. It returns when that
// is over, or when ctx ends.
func connect(ctx context.Context, o *options, address string, routine sock.Routine, stderr io.Writer) error {
	s := newSession(o, address, stderr)
	defer s.close()
	err := errInterrupted
	s.add(routine, func(reason error) { err = reason })
	s.run(ctx)
	return err
}
