package handler_test

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A file whose own name begins with a period is not to be had by its short name.
func TestShortNameOfAHiddenFile(t *testing.T) {
	w := newFileWorld(t, false, map[string]string{".secret.text": "secret", "a long name.text": content})
	for name, want := range map[string]int{".secret.text": 404, "a long name.text": 200} {
		long, err := syscall.UTF16PtrFromString(filepath.Join(w.dir, name))
		if err != nil {
			t.Fatal(err)
		}
		buffer := make([]uint16, 1000)
		n, err := syscall.GetShortPathName(long, &buffer[0], uint32(len(buffer)))
		if err != nil {
			t.Fatal(err)
		}
		short := filepath.Base(syscall.UTF16ToString(buffer[:n]))
		if !strings.Contains(short, "~") {
			t.Skip("this file system gives no short names")
		}
		if r, body := w.fetch(t, "/"+short); r.StatusCode != want {
			t.Errorf("%s by the name %s: %s, %q, want %d", name, short, r.Status, body, want)
		}
	}
}
