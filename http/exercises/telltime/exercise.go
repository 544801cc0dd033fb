// Package telltime is an exercise of EXERCISES.md: a routine that tells the time.
package telltime

import (
	"bytes"
	"fmt"
	"time"

	"sockhttp/sock"
)

// Routine answers the line TIME with the time, as in 15:04:05, and any other with
// a question mark. A line may come in pieces.
func Routine(client *sock.Unit) {
	line, _, whole := bytes.Cut(client.Input(), []byte("\n"))
	switch {
	case !whole:
		return // the rest comes with a later callback
	case string(line) == "TIME":
		fmt.Fprintln(client, time.Now().Format(time.TimeOnly))
	default:
		fmt.Fprintln(client, "?")
	}
	client.Free()
}
