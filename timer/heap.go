package timer

import "time"

// The heap: four children to a node, which halves the levels of a binary heap
// and keeps the children of a node in two cache lines. Entries are held by
// value and moved once each: the one that is being placed is written last.

const children = 4

func (e *entry) before(f *entry) bool {
	return e.due < f.due || e.due == f.due && e.seq < f.seq
}

// push queues the callback in slot n.
func (q *Queue) push(n int32, due time.Duration) {
	q.set++
	q.heap = append(q.heap, entry{})
	q.up(len(q.heap)-1, entry{due, q.set, n})
	if q.heap[0].seq == q.set {
		q.signal()
	}
}

// remove takes the entry at pos out of the heap.
func (q *Queue) remove(pos int) {
	q.slots[q.heap[pos].slot].pos = notQueued
	last := len(q.heap) - 1
	e := q.heap[last]
	q.heap = q.heap[:last]
	switch {
	case pos == last:
	case pos > 0 && e.before(&q.heap[(pos-1)/children]):
		q.up(pos, e)
	default:
		q.down(pos, e)
	}
}

// up places e at pos or above it.
func (q *Queue) up(pos int, e entry) {
	for pos > 0 {
		parent := (pos - 1) / children
		if !e.before(&q.heap[parent]) {
			break
		}
		q.place(pos, q.heap[parent])
		pos = parent
	}
	q.place(pos, e)
}

// down places e at pos or below it.
func (q *Queue) down(pos int, e entry) {
	for {
		first := pos*children + 1
		if first >= len(q.heap) {
			break
		}
		least := first
		for c := first + 1; c < min(first+children, len(q.heap)); c++ {
			if q.heap[c].before(&q.heap[least]) {
				least = c
			}
		}
		if !q.heap[least].before(&e) {
			break
		}
		q.place(pos, q.heap[least])
		pos = least
	}
	q.place(pos, e)
}

func (q *Queue) place(pos int, e entry) {
	q.heap[pos] = e
	q.slots[e.slot].pos = pos
}
