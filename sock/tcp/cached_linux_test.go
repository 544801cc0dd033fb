//go:build (amd64 || arm64) && !deadline

package tcp

import (
	"os"
	"path/filepath"
	"testing"
)

// What cannot be read without waiting, or cannot be read at all, is not taken for
// something in memory.
func TestIsCached(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	file.WriteString("0123456789")
	fd := int(file.Fd())
	for offset, want := range map[int64]bool{10: false, 1 << 40: false, -1: false} {
		if got := isCached(fd, offset); got != want {
			t.Errorf("byte %d of 10: %t, want %t", offset, got, want)
		}
	}
	if isCached(-1, 0) {
		t.Error("a file that is not open")
	}
	if !isCached(fd, 0) || !isCached(fd, 9) {
		t.Skip("this kind of file system does not say")
	}
}
