// Package pending keeps callbacks in the order in which they are due.
package pending

import (
	"slices"
	"time"
)

// An Entry is a callback, of the type C, that is pending.
type Entry[C any] struct {
	Due      time.Duration // since some fixed time
	ID       uint64        // counts up
	Callback C
}

func (e *Entry[C]) before(f *Entry[C]) bool {
	return e.Due < f.Due || e.Due == f.Due && e.ID < f.ID
}

// Entries are ordered by due time, and those of the same by their IDs. In a system
// that polls, each callback sets itself for the same interval, so that nearly all
// are due in the order in which they were added: a line will do for them, and a heap
// has the others. The zero Entries are empty.
type Entries[C any] struct {
	line line[C]
	heap heap[C]
}

// Add adds e, whose ID is the highest so far. The time is now.
func (p *Entries[C]) Add(e Entry[C], now time.Duration) {
	if p.line.takes(&e, now) {
		p.line.add(e)
	} else {
		p.heap.add(e)
	}
}

// Next is the entry that is next; nil if there is none.
func (p *Entries[C]) Next() *Entry[C] {
	e := p.line.next()
	if len(p.heap) > 0 && (e == nil || p.heap[0].before(e)) {
		return &p.heap[0]
	}
	return e
}

// IsDue reports whether the entry that is next is due, and has an ID of at most last.
func (p *Entries[C]) IsDue(now time.Duration, last uint64) bool {
	e := p.Next()
	return e != nil && e.Due <= now && e.ID <= last
}

// Take takes out the entry that is next, of at least one.
func (p *Entries[C]) Take() Entry[C] {
	if e := p.line.next(); e != nil && (len(p.heap) == 0 || e.before(&p.heap[0])) {
		return p.line.take()
	}
	e := p.heap[0]
	p.heap.remove(0)
	return e
}

// Cancel takes out the entry with the ID, and reports whether there was one. In the
// heap, it looks at each.
func (p *Entries[C]) Cancel(id uint64) bool {
	if p.line.cancel(id) {
		return true
	}
	pos := slices.IndexFunc(p.heap, func(e Entry[C]) bool { return e.ID == id })
	if pos >= 0 {
		p.heap.remove(pos)
	}
	return pos >= 0
}

// Len is how many entries there are.
func (p *Entries[C]) Len() int { return p.line.len + len(p.heap) }
