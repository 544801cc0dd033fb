// Package answer predicts the mean and the longest time.
package answer

import "time"

const (
	poll = 10 * time.Millisecond  // in which a client is accepted at once
	rest = 100 * time.Millisecond // in which it waits for the next poll
)

// Mean is what the client waits for the poll, and then the 0.1 s until its
// ServerCallback. Of all clients, rest/(rest+poll) come in the rest, and wait for
// half of it in the mean.
const Mean = rest*rest/(rest+poll)/2 + 100*time.Millisecond

// Longest is for a client that comes when a poll has just ended: as long as with a
// longer poll, since the rest is the same.
const Longest = rest + 100*time.Millisecond
