package list_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"sockhttp/sock/internal/list"
)

type member struct{ node list.Node[member] }

func TestMembersComeAndGoInAnyOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 0))
	var lists [2]list.List[member]
	var want [2][]*member
	for range 5000 {
		which := r.IntN(2)
		l, w := &lists[which], &want[which]
		if r.IntN(2) == 0 {
			m := new(member)
			l.Add(m, &m.node)
			*w = append(*w, m)
			if m.node.List() != l {
				t.Fatal("a member is not in the list that it was added to")
			}
		} else if len(*w) > 0 {
			i := r.IntN(len(*w))
			m := (*w)[i]
			m.node.Leave()
			m.node.Leave() // does nothing
			*w = slices.Delete(*w, i, i+1)
			if m.node.List() != nil {
				t.Fatal("a member is in a list that it has left")
			}
		}
		var first *member
		if len(*w) > 0 {
			first = (*w)[0]
		}
		if l.First() != first || l.Len() != len(*w) {
			t.Fatalf("a list of %d has another first member, or another length, than one of %d", l.Len(), len(*w))
		}
	}
	for i, w := range want {
		for _, m := range w {
			if lists[i].First() != m {
				t.Fatal("the order is not that of adding")
			}
			m.node.Leave()
		}
	}
}
