// Package number is an exercise of EXERCISES.md: make the original's unit-number
// bug happen.
package number

import (
	"time"

	"sockhttp/sock/socktest"
)

// Clients connect to the server of this package, whose first ListenerCallback
// polls from 0.1 s to 0.2 s. Choose times and steps such that two chains of
// callbacks poll the unit of one client. The steps are socktest.Send(text),
// socktest.Pause(time) and socktest.CloseWrite(); a client without Steps stays, and
// says nothing.
var Clients = []socktest.Script{
	{Connect: 0, Steps: []socktest.Step{socktest.Send("anyone?\n")}},
	{Connect: 400 * time.Millisecond, Steps: []socktest.Step{socktest.Send("anyone?\n")}},
}
