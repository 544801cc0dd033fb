package socktest

import (
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"testing"
)

// Descriptors counts the files and sockets that this process has open, and
// returns a check that fails the test if there are more then. Until the check or
// the end of the test nothing is collected, since the collector closes files that
// were forgotten, and so would hide them. It checks nothing on a system whose
// /dev/fd does not tell, nor on Windows, where there is none: Wine's is that of the
// system under it.
func Descriptors(t testing.TB) (check func()) {
	t.Helper()
	if runtime.GOOS == "windows" {
		return func() {}
	}
	before := countDescriptors(t)
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	if countDescriptors(t) != before+1 {
		return func() {}
	}
	runtime.GC() // what was forgotten before is not ours
	percent := debug.SetGCPercent(-1)
	collect := sync.OnceFunc(func() { debug.SetGCPercent(percent) })
	t.Cleanup(collect)
	return func() {
		t.Helper()
		defer collect()
		if after := countDescriptors(t); after > before {
			t.Errorf("%d descriptors are open, before it were %d", after, before)
		}
	}
}

func countDescriptors(t testing.TB) int {
	entries, err := os.ReadDir("/dev/fd")
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return len(entries)
}
