package timer

import "time"

// An entry is a callback that is pending. Entries are kept in a heap with four
// children to a node: half as many levels as with two, and the children of a
// node lie side by side.
type entry struct {
	due      time.Duration // since the queue was made
	id       ID
	callback func(ID)
}

const children = 4

func (e *entry) before(f *entry) bool {
	return e.due < f.due || e.due == f.due && e.id < f.id
}

// remove takes the entry at pos out of the heap. The last one fills its place.
func (q *Queue) remove(pos int) {
	last := len(q.heap) - 1
	e := q.heap[last]
	q.heap[last] = entry{}
	q.heap = q.heap[:last]
	if pos < last {
		q.place(pos, e)
	}
}

// place puts e at the free position pos, or above or below it where the order
// wants it, and moves others out of its way.
func (q *Queue) place(pos int, e entry) {
	for parent := (pos - 1) / children; pos > 0 && e.before(&q.heap[parent]); parent = (pos - 1) / children {
		q.heap[pos] = q.heap[parent]
		pos = parent
	}
	for {
		least, lowest := pos, &e
		first := pos*children + 1
		for c := first; c < min(first+children, len(q.heap)); c++ {
			if q.heap[c].before(lowest) {
				least, lowest = c, &q.heap[c]
			}
		}
		if least == pos {
			break
		}
		q.heap[pos] = q.heap[least]
		pos = least
	}
	q.heap[pos] = e
}
