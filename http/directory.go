// Package http is the post's SockHTTP: routines for package sock that answer
// HTTP requests. [Directory.PostedHTTP] is the post's own, to be read beside it;
// [Directory.SockHTTP] takes its four steps in well-formed HTTP/1.1.
//
// Routines of your own can use the parts that these are made of:
// [RequestReader] reads a request, [Refuse] answers one that cannot be met,
// [WriteHead] begins the reply to one that can, and [Directory.Open] opens what
// may be sent. Package handler has them run any handler of net/http. [Fetch] is the
// client's side.
package http

import (
	"errors"
	nethttp "net/http"
	"os"
	"syscall"

	"sockhttp/http/internal/files"
)

// A Directory answers requests for its files. PostedHTTP and SockHTTP are its
// routines for a [sock.Server]; it belongs to the goroutine of the server's queue.
type Directory struct {
	RequestReader
	root  *os.Root
	start [512]byte // of the file that is sent: as much as DetectContentType looks at
}

// NewDirectory returns a Directory of the files within root.
func NewDirectory(root *os.Root) *Directory { return &Directory{root: root} }

// Open opens a regular file within the directory, by its path with slashes. The
// size is in bytes and above zero: an empty file is taken for a missing one, as
// in the post. An error is a *[StatusError].
func (d *Directory) Open(name string) (file *os.File, size int64, err error) {
	file, info, err := files.Open(d.root, name)
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

// FileError is what a client is told when a file could not be opened because of
// err: 503 if no file descriptor was left, else 404.
func FileError(err error) *StatusError {
	if errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) {
		return &StatusError{nethttp.StatusServiceUnavailable, "too many files are open; try again later"}
	}
	return &StatusError{nethttp.StatusNotFound, "no such file here; check the name in the address"}
}
