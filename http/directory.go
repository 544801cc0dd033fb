// Package http is the post's SockHTTP: routines for package sock that answer
// HTTP requests.
//
// [Directory.PostedHTTP] is the post's routine to the byte, to be read beside
// it. [Directory.SockHTTP] takes the same four steps in well-formed HTTP/1.1.
//
// The parts that they are made of serve other routines, too: [RequestReader]
// reads a request from a unit, [Refuse] answers one that cannot be met,
// [WriteHead] begins the reply to one that can, and [Open] opens what may be
// sent. Package handler has them run any handler of net/http. [Fetch] is the
// other end, a routine that asks.
package http

import (
	nethttp "net/http"
	"os"
)

// A Directory answers requests for its files, with PostedHTTP or SockHTTP as
// the routine of a [sock.Server]. It belongs to the goroutine of the server's
// queue. Fields are set before the server is started.
type Directory struct {
	RequestReader
	root *os.Root
}

// NewDirectory returns a Directory of the files within root.
func NewDirectory(root *os.Root) *Directory { return &Directory{root: root} }

// Open opens a file for sending and returns its size in bytes, which is above
// zero: like the post's routine, it takes an empty file for a missing one. The
// name is in the form of the operating system. Only regular files within
// the directory are opened. An error is a *[StatusError].
func (d *Directory) Open(name string) (file *os.File, size int64, err error) {
	file, info, err := Open(d.root, name)
	if err != nil {
		return nil, 0, FileError(err)
	}
	if info.Mode().IsRegular() && info.Size() > 0 {
		return file, info.Size(), nil
	}
	file.Close()
	missing := "no such file here, but an empty one, and empty files are not sent"
	if info.IsDir() {
		missing = "no such file here, but a folder; sockserverhttp -files lists folders"
	}
	return nil, 0, &StatusError{nethttp.StatusNotFound, missing}
}
