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

func TestDescriptors(t *testing.T) {
	f := &failure{TB: t}
	check := Descriptors(f)
	check()
	if f.failed {
		t.Error("it fails with as many as before")
	}
	file, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	check()
	if !f.failed && runtime.GOOS == "linux" {
		t.Error("one more is not seen")
	}
}
