package pending

import (
	"cmp"
	"slices"
	"time"
)

// A line has entries that were added in the order in which they are due, and so wait
// in line: to add or take one costs the same however many there are.
type line[C any] struct {
	head, tail *block[C]
	first      int // of the head's entries, the first that waits
	end        int // of the tail's entries, how many are taken
	len        int
	last       time.Duration // when the last to join is due
	spare      *block[C]
}

// A block is a piece of a line: of 2 KiB, if a callback takes 16 bytes.
type block[C any] struct {
	entries [63]Entry[C]
	next    *block[C]
}

// cancelled, in place of when it is due, marks an entry that was cancelled. It stays
// until its turn comes.
const cancelled time.Duration = -1

// lineEnds is how long from now the last in line is due, at most. One that is due
// later would keep from the line all that are set after it.
const lineEnds = time.Second

// takes reports whether e, the newest entry, may join the line.
func (l *line[C]) takes(e *Entry[C], now time.Duration) bool {
	return e.Due-now <= lineEnds && (l.len == 0 || e.Due >= l.last)
}

func (l *line[C]) add(e Entry[C]) {
	if l.tail == nil || l.end == len(l.tail.entries) {
		l.addBlock()
	}
	l.tail.entries[l.end] = e
	l.end++
	l.len++
	l.last = e.Due
}

func (l *line[C]) addBlock() {
	b := l.spare
	if b == nil {
		b = new(block[C])
	}
	l.spare, b.next = b.next, nil
	if l.tail == nil {
		l.head = b
	} else {
		l.tail.next = b
	}
	l.tail, l.end = b, 0
}

// next is the entry that has waited longest; nil if there is none.
func (l *line[C]) next() *Entry[C] {
	if l.len == 0 {
		return nil
	}
	return &l.head.entries[l.first]
}

// take takes out the entry that has waited longest.
func (l *line[C]) take() Entry[C] {
	e := l.head.entries[l.first]
	l.remove(l.head, l.first)
	return e
}

// remove takes out the entry at i of a block, and whatever the line then begins with
// that was cancelled.
func (l *line[C]) remove(b *block[C], i int) {
	b.entries[i] = Entry[C]{Due: cancelled, ID: b.entries[i].ID}
	l.len--
	for l.head != l.tail || l.first < l.end {
		switch b := l.head; {
		case l.first == len(b.entries):
			l.head, l.first = b.next, 0
			b.next, l.spare = l.spare, b
		case b.entries[l.first].Due != cancelled:
			return
		default:
			l.first++
		}
	}
	l.first, l.end = 0, 0
}

// cancel takes out the entry with the ID, if it is in the line. IDs go up there.
func (l *line[C]) cancel(id uint64) bool {
	for b, first := l.head, l.first; b != nil; b, first = b.next, 0 {
		entries := b.entries[first:]
		if b == l.tail {
			entries = b.entries[first:l.end]
		}
		if len(entries) == 0 || entries[len(entries)-1].ID < id {
			continue
		}
		i, found := slices.BinarySearchFunc(entries, id, func(e Entry[C], id uint64) int { return cmp.Compare(e.ID, id) })
		if !found || entries[i].Due == cancelled {
			return false
		}
		l.remove(b, first+i)
		return true
	}
	return false
}
