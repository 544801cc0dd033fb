package lun_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"sockhttp/sock/internal/lun"
)

func TestTheLowestFreeNumberIsGivenOut(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 0))
	table := lun.NewTable[int](101)
	held := map[int]*int{}
	for range 2000 {
		if r.IntN(5) < 3 {
			lowest := 101
			for held[lowest] != nil {
				lowest++
			}
			holder := new(int)
			if n := table.Take(holder); n != lowest {
				t.Fatalf("%d was given out, want %d", n, lowest)
			}
			*holder, held[lowest] = lowest, holder
		} else if len(held) > 0 {
			n := 101 + r.IntN(1000)%(len(held)+20)
			if held[n] == nil {
				continue
			}
			table.GiveBack(n)
			delete(held, n)
		}
		var all []int
		for holder := range table.All() {
			all = append(all, *holder)
		}
		if len(all) != len(held) || table.Held() != len(held) || !slices.IsSorted(all) {
			t.Fatalf("held are %d, %d: %v; want %d", table.Held(), len(all), all, len(held))
		}
	}
}

func TestANumberIsGivenBackWhileAllAreVisited(t *testing.T) {
	table := lun.NewTable[int](1)
	for range 3 {
		holder := new(int)
		*holder = table.Take(holder)
	}
	visited := 0
	for holder := range table.All() {
		table.GiveBack(*holder)
		visited++
	}
	if visited != 3 || table.Held() != 0 {
		t.Errorf("visited %d, %d left; want 3, 0", visited, table.Held())
	}
}
