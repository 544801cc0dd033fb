// Package answer tells the time by the clock of the queue.
package answer

import (
	"bytes"
	"fmt"
	"time"

	"sockhttp/sock"
)

// Routine asks the unit for the time, which is the queue's.
func Routine(client *sock.Unit) {
	line, _, whole := bytes.Cut(client.Input(), []byte("\n"))
	switch {
	case !whole:
		return // the rest comes with a later callback
	case string(line) == "TIME":
		fmt.Fprintln(client, client.Now().Format(time.TimeOnly))
	default:
		fmt.Fprintln(client, "?")
	}
	client.Free()
}
