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
	onSignal(func() {
		log.stopping(grace)
		shutdown(grace, stop)
	})
	queue.Run(ctx)
}

// onSignal calls f, on another goroutine, when the program is told to end. The
// next signal then ends it at once.
func onSignal(f func()) {
	signals, restore := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(signals, func() {
		restore()
		f()
	})
}
