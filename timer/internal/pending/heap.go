package pending

// A heap has the entries that are due before others which were added earlier. A node
// has four children: half as many levels as with two, and the children of a node
// lie side by side.
type heap[C any] []Entry[C]

const children = 4

func (h *heap[C]) add(e Entry[C]) {
	*h = append(*h, Entry[C]{})
	h.place(len(*h)-1, e)
}

// remove takes the entry at pos out of the heap. The last one fills its place.
func (h *heap[C]) remove(pos int) {
	last := len(*h) - 1
	e := (*h)[last]
	(*h)[last] = Entry[C]{}
	*h = (*h)[:last]
	if pos < last {
		h.place(pos, e)
	}
}

// place puts e at the free position pos, or above or below it where the order
// wants it, and moves others out of its way.
func (h heap[C]) place(pos int, e Entry[C]) {
	for parent := (pos - 1) / children; pos > 0 && e.before(&h[parent]); parent = (pos - 1) / children {
		h[pos] = h[parent]
		pos = parent
	}
	for {
		least, lowest := pos, &e
		first := pos*children + 1
		for c := first; c < min(first+children, len(h)); c++ {
			if h[c].before(lowest) {
				least, lowest = c, &h[c]
			}
		}
		if least == pos {
			break
		}
		h[pos] = h[least]
		pos = least
	}
	h[pos] = e
}
