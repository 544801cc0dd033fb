// Package fair is an exercise of EXERCISES.md: a fair limit on the bytes that one
// callback works through.
package fair

import (
	"bytes"
	"fmt"

	"sockhttp/sock"
)

// Routine returns a routine that answers each line with its length. Work takes
// 1 µs for each byte; call it with the bytes of a line before answering that.
func Routine(work func(n int)) sock.Routine {
	return func(client *sock.Unit) {
		for {
			line, _, whole := bytes.Cut(client.Input(), []byte("\n"))
			if !whole {
				return // the rest comes with a later callback
			}
			work(len(line) + 1)
			fmt.Fprintln(client, len(line))
			client.Discard(len(line) + 1)
		}
	}
}
