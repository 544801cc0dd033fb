// Package answer waits by setting a callback.
package answer

import (
	"bytes"
	"io"
	"time"

	"sockhttp/sock"
	"sockhttp/timer"
)

const delay = 300 * time.Millisecond

// Routine returns a routine that has a callback answer. Until then the client is
// not polled, so that it keeps its unit even if it has shut its side. It needs
// no sleep.
func Routine(queue *timer.Queue, _ func(time.Duration)) sock.Routine {
	return func(client *sock.Unit) {
		if !bytes.Contains(client.Input(), []byte("\n")) {
			return // the rest comes with a later callback
		}
		client.SetPolling(sock.Never)
		queue.Set(delay, func(timer.ID) {
			io.WriteString(client, "here you are\n")
			client.Free()
			client.Wake()
		})
	}
}
