package sock

import "iter"

// listenerLUN is the unit of the listener. IDL hands out units 100 to 128.
const listenerLUN = 100

// PostedClients is how many clients IDL's units from 101 to 128 hold.
const PostedClients = 128 - listenerLUN

// A lunTable hands out logical unit numbers.
type lunTable struct {
	first   int     // the lowest number
	holders []*Unit // of first, first+1 and so on; nil where the number is free
	lowest  int     // no holder before this one is nil
	held    int     // numbers
}

// take gives u the lowest number that is free, as IDL's GET_LUN does.
func (t *lunTable) take(u *Unit) (lun int) {
	for t.lowest < len(t.holders) && t.holders[t.lowest] != nil {
		t.lowest++
	}
	if t.lowest == len(t.holders) {
		t.holders = append(t.holders, nil)
	}
	t.holders[t.lowest] = u
	t.held++
	return t.first + t.lowest
}

// giveBack makes a number free, as IDL's FREE_LUN does.
func (t *lunTable) giveBack(lun int) {
	n := lun - t.first
	t.holders[n] = nil
	t.held--
	t.lowest = min(t.lowest, n)
}

// all are the units that hold a number, in the order of their numbers. A unit may
// give its number back during the iteration.
func (t *lunTable) all() iter.Seq[*Unit] {
	return func(yield func(*Unit) bool) {
		for _, u := range t.holders {
			if u != nil && !yield(u) {
				return
			}
		}
	}
}
