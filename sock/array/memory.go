package array

import (
	"fmt"
	"runtime/debug"
)

// MaxMemory is how many bytes the elements of all arrays may have that a server
// holds at one time. A client whose array would be more is refused.
const MaxMemory = 8 * MaxBytes

// errMemory is the answer to that client.
var errMemory = fmt.Errorf("the server has no memory left for your array: those of all clients may have %d bytes; try again later", MaxMemory)

// A memory is what is left of MaxMemory.
type memory struct{ left int }

// reserve takes n bytes, if there are so many.
func (m *memory) reserve(n int) bool {
	if n > m.left {
		return false
	}
	m.left -= n
	return true
}

// giveBack gives back n bytes, which nobody refers to any more. Go would keep
// those of large arrays for minutes, and let as many again come on top; so the
// system gets them at once.
func (m *memory) giveBack(n int) {
	const large = 4 << 20
	m.left += n
	if n >= large {
		debug.FreeOSMemory()
	}
}
