// Package chat is an exercise of EXERCISES.md: a chat between clients.
package chat

import (
	"bytes"
	"fmt"

	"sockhttp/sock"
)

// Routine returns the routine of a chat. Its server has SpeakFirst set, so that it
// is called once when a client is accepted. A line that a client sends goes to all
// others, with the number of its unit, as in "101: hello".
func Routine() sock.Routine {
	return func(client *sock.Unit) {
		line, _, whole := bytes.Cut(client.Input(), []byte("\n"))
		if !whole {
			return // the rest comes with a later callback
		}
		fmt.Fprintf(client, "%d: %s\n", client.LUN(), line) // but to the others!
		client.Discard(len(line) + 1)
	}
}
