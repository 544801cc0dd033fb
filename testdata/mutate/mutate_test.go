package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// inModule makes a module of one package with these files, and the directory in
// which this test runs.
func inModule(t *testing.T, files map[string]string) {
	t.Helper()
	t.Chdir(t.TempDir())
	files["go.mod"] = "module example\n\ngo 1.26\n"
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// parsed is the package called name of the module.
func parsed(t *testing.T, name string) (packages, *source) {
	t.Helper()
	all, err := load(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	s, err := all.parse(name)
	if err != nil {
		t.Fatal(err)
	}
	return all, s
}

// What each piece of code is turned into; all of it compiles.
func TestMutants(t *testing.T) {
	const before = `package example

type T struct{ a, b int }

func use(...any) {}

func f(t *T, x, y int, p, q bool, s string) (n int, e error) {
	`
	const after = `
	return
}
`
	for _, test := range []struct{ code, want string }{
		{"t.a = x", "if false { t.a = x }"},
		{"defer use()", "if false { defer use() }"},
		{"go use()", "if false { go use() }"},
		{"z := x; _ = z", ""},
		{"x++", "if false { x++ } | x--"},
		{"x -= y", "if false { x -= y } | x += y"},
		{"use(x < y)", "if false { use(x < y) } | use(x <= y) | use(x >= y)"},
		{"use(p && q)", "if false { use(p && q) } | use(p || q) | use(((p) || true) && q) | use(p && ((q) || true))"},
		{"use(!p)", "if false { use(!p) } | use(p)"},
		{"use(x<<3)", "if false { use(x<<3) } | use(x>>3) | use(x<<(3+1))"},
		{"use(T{a: x, b: y})", "if false { use(T{a: x, b: y}) } | use(T{b: y}) | use(T{a: x, })"},
		{"use([3]int{x})", "if false { use([3]int{x}) }"},
		{"if p {}", "if false { if p {} } | if !(p) {} | if (p) || true {} | if (p) && false {}"},
		{"for p {}", "if false { for p {} } | for (p) && false {}"},
		{"use(func() (bool, string) { return p, s })", "if false { use(func() (bool, string) { return p, s }) }" +
			" | use(func() (bool, string) { return !(p), s }) | use(func() (bool, string) { return p, \"\" })"},
		{"use(func() (int, *T) { return 0, t })", "if false { use(func() (int, *T) { return 0, t }) }" +
			" | use(func() (int, *T) { return 1, t }) | use(func() (int, *T) { return 0, nil }) | use(func() (int, *T) { return (0+1), t })"},
	} {
		t.Run(test.code, func(t *testing.T) {
			inModule(t, map[string]string{"f.go": before + test.code + after})
			_, s := parsed(t, "example")
			var got []string
			for _, m := range s.mutants() {
				text := string(m.text())
				text, ok := strings.CutPrefix(text, before)
				text, ok2 := strings.CutSuffix(text, after)
				switch {
				case !ok || !ok2: // the return at the end
				case !s.compiles(m):
					if !strings.HasPrefix(m.by, "if false { return") {
						t.Errorf("does not compile: %s", m)
					}
				default:
					got = append(got, text)
				}
			}
			if got := strings.Join(got, " | "); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

// A mutant is seen by the package's own tests, by those of a package that uses
// it, by the time limit, or by none; one that does not compile is not counted.
func TestWhatBecomesOfMutants(t *testing.T) {
	inModule(t, map[string]string{
		"f.go": `package example

var unseen int

func Own(x int) int { unseen = 1; return x + 1 }

func Used(x int) int { return x * 2 }

func Loop(n int) {
	for i := 0; i < n; i++ {
	}
}
`,
		"f_test.go": `package example

import "testing"

func Test(t *testing.T) {
	if Loop(1); Own(1) != 2 {
		t.Fail()
	}
}
`,
		"user/f_test.go": `package user

import (
	"testing"

	"example"
)

func Test(t *testing.T) {
	if example.Used(3) != 6 {
		t.Fail()
	}
}
`,
		"other/f_test.go": "package other\n",
	})
	all, s := parsed(t, "example")
	if got, want := all.testing("example"), []string{"example", "example/user"}; !slices.Equal(got, want) {
		t.Fatalf("tests that see the package are in %v, want %v", got, want)
	}
	tester := &tester{dir: t.TempDir(), packages: all.testing("example")}
	if err := tester.calibrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	tester.limits["example"] = 2e9
	for _, test := range []struct {
		line int
		by   string
		want outcome
	}{
		{5, "if false { unseen = 1 }", survived},
		{5, "-", seen},
		{7, "/", seen},
		{10, "--", late},
	} {
		found := false
		for _, m := range s.mutants() {
			if m.line == test.line && m.by == test.by {
				found = true
				if got := tester.test(t.Context(), m); got != test.want {
					t.Errorf("outcome %d, want %d: %s", got, test.want, m)
				}
			}
		}
		if !found {
			t.Errorf("no mutant has %s in line %d", test.by, test.line)
		}
	}
	for _, m := range s.mutants() {
		if m.by == "if false { return x * 2 }" && s.compiles(m) {
			t.Errorf("it compiles: %s", m)
		}
	}
}

func TestAMutantIsShownAsItsLines(t *testing.T) {
	text := []byte("one\ntwo three\nfour five\nsix\n")
	m := mutant{"number", "f.go", 2, text, 8, 18, "x"}
	if got, want := m.String(), "f.go:2: number\n-two three\n-four five\n+two x five\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
