// Mutate finds what the tests do not see. It changes the code of a package in
// one place at a time, runs the package's tests and then those of the packages
// of ./... that use it, and prints each change that all of them pass:
//
//	go run ./testdata/mutate ./timer
//	go run ./testdata/mutate -n 50 -seed 2 ./sock ./http
//	go run ./testdata/mutate -files linger.go,input.go -lines 20-60 ./sock
//
// The changes ("mutants") are: a statement is left out, a defer or a go, too; a
// return gives a zero, nil or the other bool; a condition is negated, or always
// or never holds; an operator becomes its opposite or its neighbour, and a
// boundary moves by one; a number is one more; a field of a composite literal is
// not set.
//
// A survivor is one of three things: code that no test sees, which wants a
// test; code that nothing depends on, which wants to be deleted; or a change
// that nobody can tell from outside, such as one of speed, and then it is left.
//
// No file is changed: go's -overlay has the compiler read another text. A mutant
// that does not compile is not counted. Tests that take three times as long as
// without a mutant, and some seconds more, are stopped, and have seen it: most such
// mutants are loops that never end. Tests that fail now and then, without a
// mutant, count as tests that see, so a mutant that is said to be seen may not be.
//
// Each mutant is compiled for each package, which fills go's build cache: set
// GOCACHE to a folder that can be deleted.
package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
)

func main() {
	files := flag.String("files", "", "only in these `files`, by their names, with commas between them")
	lines := flag.String("lines", "", "only in these lines, as in `20-60`")
	kinds := flag.String("kinds", "", "only mutants of these `kinds`, as they are printed, with commas between them")
	n := flag.Int("n", 0, "only this `number` of mutants of each package, drawn at random; 0 for all")
	seed := flag.Uint64("seed", 1, "of the random `number`s for -n")
	workers := flag.Int("j", 2, "how many mutants are tested at the same time")
	own := flag.Bool("own", false, "run only the tests of the package itself")
	tags := flag.String("tags", "", "build `tags`, as for go build")
	list := flag.Bool("list", false, "print the mutants, and do not test them")
	flag.Parse()
	if flag.NArg() == 0 {
		flag.Usage()
		os.Exit(2)
	}
	var from, to int
	if *lines != "" {
		if _, err := fmt.Sscanf(*lines, "%d-%d", &from, &to); err != nil {
			fail(fmt.Errorf("-lines is not two numbers with a - between them: %s", *lines))
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	dir, err := os.MkdirTemp("", "mutate")
	if err != nil {
		fail(err)
	}
	defer os.RemoveAll(dir)

	packages, err := load(ctx, *tags)
	if err != nil {
		fail(err)
	}
	names, err := resolve(ctx, flag.Args())
	if err != nil {
		fail(err)
	}
	for _, name := range names {
		p, err := packages.parse(name)
		if err != nil {
			fail(err)
		}
		mutants := p.mutants()
		mutants = slices.DeleteFunc(mutants, func(m mutant) bool {
			return !among(m.base(), *files) || !among(m.kind, *kinds) || from != 0 && (m.line < from || m.line > to)
		})
		if *n > 0 && *n < len(mutants) {
			r := rand.New(rand.NewPCG(*seed, 0))
			r.Shuffle(len(mutants), func(i, j int) { mutants[i], mutants[j] = mutants[j], mutants[i] })
			mutants = mutants[:*n]
			slices.SortFunc(mutants, mutant.compare)
		}
		if *list {
			for _, m := range mutants {
				fmt.Print(m)
			}
			continue
		}
		t := &tester{dir: dir, tags: *tags, packages: packages.testing(name)}
		if *own {
			t.packages = slices.DeleteFunc(t.packages, func(user string) bool { return user != name })
		}
		if err := t.calibrate(ctx); err != nil {
			fail(err)
		}
		counts := testAll(ctx, t, p, mutants, *workers)
		fmt.Printf("%s: %s\n", name, counts)
		if ctx.Err() != nil {
			break
		}
	}
}

// among reports whether name is one of those in list. An empty list has all.
func among(name, list string) bool {
	return list == "" || slices.Contains(strings.Split(list, ","), name)
}

// counts are what became of the mutants.
type counts [4]int

func (c counts) String() string {
	return fmt.Sprintf("%d mutants, %d seen (%d of them by the time limit), %d survive; %d more did not compile",
		c[seen]+c[late]+c[survived], c[seen]+c[late], c[late], c[survived], c[broken])
}

// testAll tests the mutants of p and prints those that survive, as they are found.
func testAll(ctx context.Context, t *tester, p *source, mutants []mutant, workers int) (c counts) {
	var mu sync.Mutex
	var wait sync.WaitGroup
	next := make(chan mutant)
	for range workers {
		wait.Go(func() {
			for m := range next {
				outcome := broken
				if p.compiles(m) {
					outcome = t.test(ctx, m)
				}
				mu.Lock()
				if ctx.Err() == nil {
					c[outcome]++
					if outcome == survived {
						fmt.Print(m)
					}
				}
				mu.Unlock()
			}
		})
	}
	for _, m := range mutants {
		if ctx.Err() != nil {
			break
		}
		next <- m
	}
	close(next)
	wait.Wait()
	return c
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "mutate:", err)
	os.Exit(1)
}
