// Package lun hands out logical unit numbers, as IDL does.
package lun

import "iter"

// A Table says who holds which number. Create one with [NewTable].
type Table[T any] struct {
	first   int  // the lowest number
	holders []*T // of first, first+1 and so on; nil where the number is free
	lowest  int  // no holder before this one is nil
	held    int  // numbers
}

// NewTable returns a table of the numbers from first on, which are all free.
func NewTable[T any](first int) Table[T] { return Table[T]{first: first} }

// Held is how many numbers are held.
func (t *Table[T]) Held() int { return t.held }

// Take gives holder the lowest number that is free, as IDL's GET_LUN does.
func (t *Table[T]) Take(holder *T) (lun int) {
	for t.lowest < len(t.holders) && t.holders[t.lowest] != nil {
		t.lowest++
	}
	if t.lowest == len(t.holders) {
		t.holders = append(t.holders, nil)
	}
	t.holders[t.lowest] = holder
	t.held++
	return t.first + t.lowest
}

// GiveBack makes a number free that is held, as IDL's FREE_LUN does.
func (t *Table[T]) GiveBack(lun int) {
	n := lun - t.first
	t.holders[n] = nil
	t.held--
	t.lowest = min(t.lowest, n)
}

// All are those who hold a number, in the order of their numbers. One may give
// its number back during the iteration.
func (t *Table[T]) All() iter.Seq[*T] {
	return func(yield func(*T) bool) {
		for _, holder := range t.holders {
			if holder != nil && !yield(holder) {
				return
			}
		}
	}
}
