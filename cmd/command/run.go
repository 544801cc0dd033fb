package command

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"sockhttp/sock"
	"sockhttp/timer"
)

// grace is how long clients that are being sent a reply have after a signal.
const grace = 5 * time.Second

// Run runs the queue of a server that was started, until Ctrl-C or SIGTERM. The
// server then accepts nobody any more, and Run returns when the replies under way
// are sent, or 5 s later. A second signal ends the program at once.
//
// On the first signal it calls each of onStop before, on another goroutine: they
// are to end whatever keeps the queue waiting.
func Run(queue *timer.Queue, server *sock.Server, log *Log, onStop ...func()) {
	RunUntil(queue, log, func(grace time.Duration, done func()) {
		for _, f := range onStop {
			f()
		}
		queue.Post(func() { server.Shutdown(grace, done) })
	})
}

// RunUntil is Run of a server that shutdown shuts down: it is called on another
// goroutine than the queue's, and calls done when the replies are sent or grace
// is over.
func RunUntil(queue *timer.Queue, log *Log, shutdown func(grace time.Duration, done func())) {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	log.catchSignals()
	go func() {
		<-log.signals
		signal.Stop(log.signals) // the next ends the program at once
		log.stopping(grace)
		shutdown(grace, stop)
	}()
	queue.Run(ctx)
}

// catchSignals has the first Ctrl-C or SIGTERM wait for RunUntil.
func (l *Log) catchSignals() {
	if l.signals == nil {
		l.signals = make(chan os.Signal, 1)
		signal.Notify(l.signals, os.Interrupt, syscall.SIGTERM)
	}
}
