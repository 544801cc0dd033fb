// Package answer is a chat between clients.
package answer

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"sockhttp/sock"
)

const (
	patience   = time.Hour // a client may say nothing for so long
	maxLine    = 1 << 10   // bytes without a line's end
	maxWaiting = 64 << 10  // bytes that a client has not read
)

// Routine returns the routine of a chat.
func Routine() sock.Routine { return new(room).routine }

// A room is all who chat.
type room struct{ members []*sock.Unit }

func (r *room) routine(client *sock.Unit) {
	if !slices.Contains(r.members, client) {
		r.members = append(r.members, client)
		client.OnFree = func(error) { r.leave(client) }
	}
	client.LimitInput(patience)
	for {
		line, _, whole := bytes.Cut(client.Input(), []byte("\n"))
		if !whole {
			break
		}
		r.say(client, line)
		client.Discard(len(line) + 1)
	}
	if len(client.Input()) > maxLine {
		client.Free()
	}
}

// say tells all others. Each of them is woken, or it would be told with its next
// ServerCallback, up to 0.1 s later. One that does not read what it is told goes
// without, so that what waits for it does not grow for ever.
func (r *room) say(from *sock.Unit, line []byte) {
	for _, to := range r.members {
		if to != from && to.Unsent() < maxWaiting {
			fmt.Fprintf(to, "%d: %s\n", from.LUN(), line)
			to.Wake()
		}
	}
}

func (r *room) leave(client *sock.Unit) {
	r.members = slices.DeleteFunc(r.members, func(m *sock.Unit) bool { return m == client })
}
