// Package answer makes the original's unit-number bug happen.
package answer

import (
	"time"

	"sockhttp/sock/socktest"
)

// Clients are two. The first is answered at 0.2 s, and its unit, 101, is free;
// but its ServerCallback is set again, for 0.3 s. The second is accepted between
// the two and gets the number. It says nothing, so that it is polled for ever: by
// its own callback, and by that of the first, which takes it for its client.
var Clients = []socktest.Script{
	{Connect: 0, Steps: []socktest.Step{socktest.Send("anyone?\n")}},
	{Connect: 250 * time.Millisecond},
}
