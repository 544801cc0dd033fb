package array

import (
	"errors"
	"runtime/debug"
	"time"
)

// MaxMemory is how many bytes the elements of all arrays may have that a server
// holds at one time, unless Options say otherwise.
const MaxMemory = 8 * MaxBytes

// errMemory is the answer to that client.
var errMemory = errors.New("the server has no memory left for your array: other clients' arrays take it; try again later")

// A memory is what is left for elements.
type memory struct {
	left  int
	freed time.Time // when the system was last given some
	kept  int       // bytes that it was not given since
}

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
// system gets them, at once or when they are many: to give them takes its time.
func (m *memory) giveBack(n int, now time.Time) {
	const large = 4 << 20
	m.left += n
	m.kept += n
	if n >= large && now.Sub(m.freed) >= time.Second || m.kept >= MaxBytes {
		m.freed, m.kept = now, 0
		debug.FreeOSMemory()
	}
}
