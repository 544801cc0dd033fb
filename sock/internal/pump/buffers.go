package pump

import "slices"

// Buffers go from client to client, of which most have no output.
type Buffers struct {
	spare [][]byte
	given [][]byte // and may be read until Settle is called
}

const (
	maxSpare = 16        // buffers that are kept for clients to come
	maxKept  = 128 << 10 // bytes of one: two reads of a client that sends a lot
)

// Len is how many buffers are kept.
func (b *Buffers) Len() int { return len(b.spare) + len(b.given) }

// Grow makes room in buffer for n more bytes. If it is nil, it becomes a spare one,
// if there is one.
func (b *Buffers) Grow(buffer []byte, n int) []byte {
	if last := len(b.spare) - 1; buffer == nil && last >= 0 {
		buffer, b.spare = b.spare[last], b.spare[:last]
	}
	return slices.Grow(buffer, n)
}

// Give keeps a buffer, unless it is too large, or enough are kept. Until Settle
// is called, who gave it may still read it.
func (b *Buffers) Give(buffer []byte) {
	if b.Len() < maxSpare && 0 < cap(buffer) && cap(buffer) <= maxKept {
		b.given = append(b.given, buffer[:0])
	}
}

// Settle makes what was given spare.
func (b *Buffers) Settle() {
	b.spare = append(b.spare, b.given...)
	b.given = b.given[:0]
}
