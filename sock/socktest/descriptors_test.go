package socktest

import (
	"os"
	"runtime"
	"testing"
)

// A failure is a test that notes that it has failed.
type failure struct {
	testing.TB
	failed bool
}

func (f *failure) Errorf(string, ...any) { f.failed = true }

var garbage []byte

func TestDescriptors(t *testing.T) {
	f := &failure{TB: t}
	check := Descriptors(f)
	check()
	if f.failed {
		t.Error("it fails with as many as before")
	}
	check = Descriptors(f)
	for range 10 {
		if _, err := os.Open(os.DevNull); err != nil { // and forget it
			t.Fatal(err)
		}
	}
	garbage = make([]byte, 64<<20) // with which the collector would begin
	garbage = nil
	check()
	if !f.failed && runtime.GOOS == "linux" {
		t.Error("files that were forgotten are not seen")
	}
}
