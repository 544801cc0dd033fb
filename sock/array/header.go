// Package array is the protocol of the post's SockServer and SockClient: a client
// sends an array and a command, and the server answers with a line. It has
// a routine for either side of package sock.
//
// One exchange follows another on a connection. Each begins with six 32-bit
// integers, the lowest byte first, which are IDL's SIZE of a three-dimensional
// array: the number of dimensions (3), the three dimensions, the type code, and
// the number of elements. Then come the elements, the lowest byte first and the
// first dimension fastest, and a command, a line that ends in LF. The answer is
// a line, too. One that begins with "error: " says what is wrong, and with it
// the connection ends.
//
// The original executes the command as a line of a program. Here it is one of
// a few words, and nothing that a client sends is ever executed.
package array

import (
	"encoding/binary"
	"fmt"
)

const (
	// HeaderBytes is the length of a header.
	HeaderBytes = 6 * 4

	// MaxBytes is the most bytes that an array's elements may have.
	MaxBytes = 64 << 20

	// MaxCommand is the most bytes that a command may have.
	MaxCommand = 1 << 10
)

// A Header is what comes before an array.
type Header struct {
	Dimensions [3]int // each from 1 on
	Type       Type
}

// Count is the number of elements.
func (h Header) Count() int { return h.Dimensions[0] * h.Dimensions[1] * h.Dimensions[2] }

// Bytes is the length of the elements.
func (h Header) Bytes() int { return h.Count() * kinds[h.Type].size }

// Append appends the header to b, as it is sent.
func (h Header) Append(b []byte) []byte {
	for _, v := range [6]int{3, h.Dimensions[0], h.Dimensions[1], h.Dimensions[2], int(h.Type), h.Count()} {
		b = binary.LittleEndian.AppendUint32(b, uint32(v))
	}
	return b
}

// ParseHeader reads the header that b begins with, of HeaderBytes at least. The
// header of an array that is larger than MaxBytes is an error, too.
func ParseHeader(b []byte) (h Header, err error) {
	var v [6]int64
	for i := range v {
		v[i] = int64(int32(binary.LittleEndian.Uint32(b[4*i:])))
	}
	if v[0] != 3 {
		return h, fmt.Errorf("the array has %d dimensions; send one with 3", v[0])
	}
	kind, ok := kinds[Type(v[4])]
	if !ok {
		return h, fmt.Errorf("type code %d is not supported; send one of %s", v[4], typeCodes())
	}
	count := int64(1)
	for i, d := range v[1:4] {
		if d < 1 {
			return h, fmt.Errorf("dimension %d is %d; send 1 or more", i+1, d)
		}
		// Both factors are below 2^31, so this cannot overflow.
		if count *= d; count > MaxBytes/int64(kind.size) {
			return h, fmt.Errorf("the array has more than %d bytes; send a smaller one", MaxBytes)
		}
		h.Dimensions[i] = int(d)
	}
	if count != v[5] {
		return h, fmt.Errorf("the dimensions make %d elements, but the header says %d; send their product", count, v[5])
	}
	h.Type = Type(v[4])
	return h, nil
}
