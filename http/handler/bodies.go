package handler

import "sockhttp/sock"

// bodies are those of all clients that have not come to their end. Together they
// may hold max bytes.
type bodies struct {
	max, held int
	of        map[*sock.Unit]int // the bytes of each
}

// hold counts n bytes for client, in place of what it had. It reports false if
// that is more than there may be.
func (b *bodies) hold(client *sock.Unit, n int) bool {
	if b.held-b.of[client]+n > b.max {
		for client := range b.of {
			if client.Value == nil { // it was dropped
				b.release(client)
			}
		}
	}
	if b.held-b.of[client]+n > b.max {
		return false
	}
	b.held += n - b.of[client]
	b.of[client] = n
	return true
}

func (b *bodies) release(client *sock.Unit) {
	b.held -= b.of[client]
	delete(b.of, client)
}
