package files

import "testing"

func TestNamesThatWindowsTakesForAnother(t *testing.T) {
	for name, want := range map[string]bool{
		"hello.txt": false, ".": false, "./hello.txt": false, "../hello.txt": false, "a.b/..c": false, "./sub//x": false,
		"a b": false, " a": false, ".hidden": false, "IMG~2.jpg": false,
		"hello.txt.": true, "hello.txt ": true, "./hello.txt. .": true, "sub./x": true, "sub /x": true, "...": true, ".. /x": true,
		`.\hello.txt`: true, `sub\x`: true, "hello.txt::$DATA": true, "C:/x": true,
	} {
		if got := isAlias("windows", name); got != want {
			t.Errorf("%q on Windows: %v, want %v", name, got, want)
		}
		if isAlias("linux", name) {
			t.Errorf("%q on Linux is refused", name)
		}
	}
}
