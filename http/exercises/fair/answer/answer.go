// Package answer works through a bounded number of bytes in one callback.
package answer

import (
	"bytes"
	"fmt"

	"sockhttp/sock"
)

const limit = 4 << 10 // bytes a callback

// Routine returns a routine that takes the whole lines of the first bytes and
// leaves the rest. It is called again for the rest when its answers are sent,
// after the callbacks of all others. A line that is longer than the limit ends
// the connection.
func Routine(work func(n int)) sock.Routine {
	return func(client *sock.Unit) {
		input := client.Input()
		input = input[:min(len(input), limit)]
		end := bytes.LastIndexByte(input, '\n') + 1
		if end == 0 {
			if len(input) == limit {
				client.Free()
			}
			return // the rest comes with a later callback
		}
		for line := range bytes.Lines(input[:end]) {
			work(len(line))
			fmt.Fprintln(client, len(line)-1)
		}
		client.Discard(end)
	}
}
