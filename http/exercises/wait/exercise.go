// Package wait is an exercise of EXERCISES.md: a routine that waits holds up
// everybody. Have it wait without that.
package wait

import (
	"bytes"
	"io"
	"time"

	"sockhttp/sock"
	"sockhttp/timer"
)

// Delay is the time from a line to its answer.
const Delay = 300 * time.Millisecond

// Routine returns a routine that answers each client's line when Delay is over.
// Sleep is time.Sleep, by the clock of the queue.
func Routine(queue *timer.Queue, sleep func(time.Duration)) sock.Routine {
	return func(client *sock.Unit) {
		if !bytes.Contains(client.Input(), []byte("\n")) {
			return // the rest comes with a later callback
		}
		sleep(Delay)
		io.WriteString(client, "here you are\n")
		client.Free()
	}
}
