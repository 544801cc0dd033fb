// Package answer accepts two clients in each call of ListenerCallback.
package answer

import (
	"time"

	"sockhttp/sock"
)

// Pace has a batch of two in place of one.
func Pace() sock.Pace {
	pace := sock.Posted()
	pace.Batch = 2
	return pace
}

// Replies come two at a time: the calls at 0.1 s and 0.2 s accept two each, and
// their ServerCallbacks come 0.1 s later.
var Replies = []time.Duration{
	200 * time.Millisecond,
	200 * time.Millisecond,
	300 * time.Millisecond,
	300 * time.Millisecond,
}
