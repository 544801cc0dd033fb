package handler

import (
	"path/filepath"
	"strings"
	"syscall"
)

// longName is a name in the directory root with each file's own name in place of
// the short one that Windows may give it. By that, /NOTE~1.TXT, one could get at
// /.note.txt. It fails if there is no such file.
func longName(root, name string) (string, error) {
	if !strings.Contains(name, "~") {
		return name, nil
	}
	short, err := syscall.UTF16PtrFromString(filepath.Join(root, filepath.FromSlash(name)))
	if err != nil {
		return "", err
	}
	long := make([]uint16, 32<<10) // no path is longer
	n, err := syscall.GetLongPathName(short, &long[0], uint32(len(long)))
	if err != nil {
		return "", err
	}
	elements := strings.Split(filepath.ToSlash(syscall.UTF16ToString(long[:n])), "/")
	return "/" + strings.Join(elements[max(0, len(elements)-strings.Count(name, "/")):], "/"), nil
}
