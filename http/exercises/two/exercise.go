// Package two is an exercise of EXERCISES.md: accept two clients in each call of
// ListenerCallback.
package two

import (
	"time"

	"sockhttp/sock"
)

// Pace is the pace of the post, but for two clients a call.
func Pace() sock.Pace {
	return sock.Posted()
}

// Replies is when four clients that come together, at the start of the server,
// have their replies. Put your prediction here.
var Replies = []time.Duration{
	200 * time.Millisecond,
	300 * time.Millisecond,
	400 * time.Millisecond,
	500 * time.Millisecond,
}
