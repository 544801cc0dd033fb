package sock

// Buffers for output go from client to client.
type buffers [][]byte

const maxSpare = 16 // buffers that are kept for clients to come

// take returns a spare buffer; nil if there is none.
func (b *buffers) take() (buffer []byte) {
	if last := len(*b) - 1; last >= 0 {
		buffer, *b = (*b)[last], (*b)[:last]
	}
	return buffer
}

// give keeps a buffer, unless it is too large, or enough are kept.
func (b *buffers) give(buffer []byte) {
	if len(*b) < maxSpare && 0 < cap(buffer) && cap(buffer) <= 2*firstPiece {
		*b = append(*b, buffer[:0])
	}
}
