// Package mean is an exercise of EXERCISES.md: predict how long a reply takes.
package mean

import "time"

// Mean is how long a reply takes in the mean, at the posted pace, if the poll of
// the listener waits for 10 ms in place of 100 ms. Put your prediction here, to
// within 1 ms.
const Mean = 125 * time.Millisecond
