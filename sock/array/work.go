package array

import "iter"

// A work is a command that is being obeyed, in slices between which others have
// their turn. It is a coroutine: it never runs beside anything else.
type work struct {
	next func() (struct{}, bool)
	stop func() // ends it early; may be called at any time, and again

	// Once it is done:
	answer string
	err    error
}

// A pause is called by a command that has done work of a cost. It may return
// after others have had their turn, or never if nobody waits for the answer.
type pause func(cost int)

// What work costs, about so many times 5 ns. A slice takes about a millisecond.
const (
	sliceCost   = 1 << 18
	elementCost = 1  // to look at an element
	pictureCost = 20 // to write a byte of a picture
)

// begin begins to obey.
func begin(obey func(p pause) (answer string, err error)) *work {
	w := &work{}
	w.next, w.stop = iter.Pull(func(yield func(struct{}) bool) {
		cost, stopped := 0, false
		defer func() {
			if stopped {
				recover()
			}
		}()
		w.answer, w.err = obey(func(n int) {
			if cost += n; cost < sliceCost {
				return
			}
			cost = 0
			if stopped = !yield(struct{}{}); stopped {
				panic("nobody waits for the answer")
			}
		})
	})
	return w
}

// step does a slice, and reports whether all is done.
func (w *work) step() (done bool) {
	_, more := w.next()
	return !more
}
