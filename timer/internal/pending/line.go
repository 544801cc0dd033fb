package pending

import "time"

// A line has entries that were added in the order in which they are due, and so wait
// in line: to add or take one costs the same however many there are.
type line[C any] struct {
	head, tail *block[C]
	first      int // of the head's entries, the first that waits
	end        int // of the tail's entries, how many are taken
	len        int
	spare      *block[C]
}

// A block is a piece of a line.
type block[C any] struct {
	entries [64]Entry[C]
	next    *block[C]
}

// lineEnds is how long from now the last in line is due, at most. One that is due
// later would keep from the line all that are set after it.
const lineEnds = time.Second

// takes reports whether e, the newest entry, may join the line.
func (l *line[C]) takes(e *Entry[C], now time.Duration) bool {
	return e.Due-now <= lineEnds && (l.len == 0 || e.Due >= l.tail.entries[l.end-1].Due)
}

func (l *line[C]) add(e Entry[C]) {
	if l.tail == nil || l.end == len(l.tail.entries) {
		l.addBlock()
	}
	l.tail.entries[l.end] = e
	l.end++
	l.len++
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

// next is the Entry[C] that has waited longest; nil if there is none.
func (l *line[C]) next() *Entry[C] {
	if l.len == 0 {
		return nil
	}
	return &l.head.entries[l.first]
}

// take takes out the Entry[C] that has waited longest.
func (l *line[C]) take() Entry[C] {
	b := l.head
	e := b.entries[l.first]
	b.entries[l.first] = Entry[C]{}
	l.len--
	switch l.first++; {
	case l.len == 0:
		l.first, l.end = 0, 0
	case l.first == len(b.entries):
		l.head, l.first = b.next, 0
		b.next, l.spare = l.spare, b
	}
	return e
}

// cancel takes out the Entry[C] with the ID, if it is in the line: it has all leave
// the line, and all others join it again.
func (l *line[C]) cancel(id uint64) (was bool) {
	for range l.len {
		if e := l.take(); e.ID == id {
			was = true
		} else {
			l.add(e)
		}
	}
	return was
}
