// Package files opens what may be served.
package files

import (
	"io/fs"
	"os"
	"runtime"
	"strings"
	"syscall"
)

// Open opens a regular file or a directory within root. Nothing else is opened:
// to open a pipe lets its writer go on, and a device may do anything; they give
// fs.ErrNotExist. The name is a path with slashes, whatever the system.
func Open(root *os.Root, name string) (*os.File, fs.FileInfo, error) {
	if strings.Count(name, "/") > maxDepth || isAlias(runtime.GOOS, name) {
		return nil, nil, fs.ErrNotExist
	}
	info, err := root.Stat(name)
	if err != nil {
		return nil, nil, err
	}
	if !IsServable(info) {
		return nil, nil, fs.ErrNotExist
	}
	// If it has become a pipe by now, O_NONBLOCK keeps us from waiting for its
	// other end.
	file, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, err
	}
	if info, err = file.Stat(); err == nil && !IsServable(info) {
		err = fs.ErrNotExist
	}
	if err != nil {
		file.Close()
		return nil, nil, err
	}
	return file, info, nil
}

// maxDepth is how many directories deep a file may be: a root opens each of them,
// which takes its time.
const maxDepth = 40

// isAlias reports whether a system, one of the values of [runtime.GOOS], may take
// a path for a file of another name: Windows drops periods and blanks at the end
// of an element, takes a backslash for a slash, and reads a stream of a file
// after a colon.
func isAlias(system, name string) bool {
	if system != "windows" {
		return false
	}
	for element := range strings.SplitSeq(name, "/") {
		if element != "." && element != ".." && strings.TrimRight(element, ". ") != element {
			return true
		}
	}
	return strings.ContainsAny(name, `\:`)
}

// IsServable reports whether Open opens a file of this kind.
func IsServable(info fs.FileInfo) bool { return info.IsDir() || info.Mode().IsRegular() }
