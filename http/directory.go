// Package http is the post's SockHTTP: routines for package sock that answer
// HTTP requests. [Directory.PostedHTTP] is the post's own, to be read beside it;
// [Directory.SockHTTP] takes its four steps in well-formed HTTP/1.1.
//
// Routines of your own can use the parts that these are made of:
// [RequestReader] reads a request, [Refuse] answers one that cannot be met,
// [WriteHead] begins the reply to one that can, and [Open] opens what may be
// sent. Package handler has them run any handler of net/http. [Fetch] is the
// client's side.
package http

import (
	"errors"
	"io/fs"
	nethttp "net/http"
	"os"
	"runtime"
	"strings"
	"syscall"
)

// A Directory answers requests for its files. PostedHTTP and SockHTTP are its
// routines for a [sock.Server]; it belongs to the goroutine of the server's queue.
type Directory struct {
	RequestReader
	root *os.Root
}

// NewDirectory returns a Directory of the files within root.
func NewDirectory(root *os.Root) *Directory { return &Directory{root: root} }

// Open opens a regular file within the directory, by its path with slashes. The
// size is in bytes and above zero: an empty file is
// taken for a missing one, as in the post. An error is a *[StatusError].
func (d *Directory) Open(name string) (file *os.File, size int64, err error) {
	file, info, err := Open(d.root, name)
	if err != nil {
		return nil, 0, FileError(err)
	}
	if !info.IsDir() && info.Size() > 0 {
		return file, info.Size(), nil
	}
	file.Close()
	detail := "the file is empty, and this server sends no empty files"
	if info.IsDir() {
		detail = "this is a folder, not a file; start sockserverhttp with -files to list folders"
	}
	return nil, 0, &StatusError{nethttp.StatusNotFound, detail}
}

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
const maxDepth = 100

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

// IsServable reports whether Open opens such a file.
func IsServable(info fs.FileInfo) bool { return info.IsDir() || info.Mode().IsRegular() }

// FileError is what a client is told when Open has failed with err: 503 if no
// file descriptor was left, else 404.
func FileError(err error) *StatusError {
	if errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) {
		return &StatusError{nethttp.StatusServiceUnavailable, "too many files are open; try again later"}
	}
	return &StatusError{nethttp.StatusNotFound, "no such file here; check the name in the address"}
}
