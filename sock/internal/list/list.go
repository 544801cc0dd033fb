// Package list is a doubly linked list whose links lie in its members, so that
// to add or remove one takes no memory, and a member knows the list it is in.
package list

// A List holds members in the order in which they were added. The zero List is
// empty.
type List[T any] struct {
	first, last *Node[T]
	len         int
}

// A Node links its member into one list at a time. The zero Node is in none.
type Node[T any] struct {
	member     *T
	list       *List[T]
	prev, next *Node[T]
}

// First is the member that was added first; nil if there is none.
func (l *List[T]) First() *T {
	if l.first == nil {
		return nil
	}
	return l.first.member
}

// Len is the number of members.
func (l *List[T]) Len() int { return l.len }

// Add adds member, whose node is in no list.
func (l *List[T]) Add(member *T, node *Node[T]) {
	*node = Node[T]{member: member, list: l, prev: l.last}
	if l.last == nil {
		l.first = node
	} else {
		l.last.next = node
	}
	l.last = node
	l.len++
}

// List is the list that the node is in; nil if it is in none.
func (n *Node[T]) List() *List[T] { return n.list }

// Leave takes the node out of the list that it is in, if any.
func (n *Node[T]) Leave() {
	l := n.list
	if l == nil {
		return
	}
	if n.prev == nil {
		l.first = n.next
	} else {
		n.prev.next = n.next
	}
	if n.next == nil {
		l.last = n.prev
	} else {
		n.next.prev = n.prev
	}
	l.len--
	*n = Node[T]{}
}
