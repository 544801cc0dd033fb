// Package mean is an exercise of EXERCISES.md: predict how long a reply takes.
package mean

import "time"

// Mean and Longest say how long a reply takes, at the posted pace, if the poll of
// the listener waits for 10 ms in place of 100 ms. Put your predictions here, to
// within 1 ms. Times are made of whole numbers: 1.5 ms is 1500 * time.Microsecond.
const (
	Mean    = 0 * time.Millisecond
	Longest = 0 * time.Millisecond
)
