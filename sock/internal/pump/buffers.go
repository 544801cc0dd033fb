package pump

// Buffers go from client to client, of which most have no output.
type Buffers [][]byte

const (
	maxSpare = 16        // buffers that are kept for clients to come
	maxKept  = 128 << 10 // bytes of one: two reads of a client that sends a lot
)

// Take returns a spare buffer; nil if there is none.
func (b *Buffers) Take() (buffer []byte) {
	if last := len(*b) - 1; last >= 0 {
		buffer, *b = (*b)[last], (*b)[:last]
	}
	return buffer
}

// Give keeps a buffer, unless it is too large, or enough are kept.
func (b *Buffers) Give(buffer []byte) {
	if len(*b) < maxSpare && 0 < cap(buffer) && cap(buffer) <= maxKept {
		*b = append(*b, buffer[:0])
	}
}
