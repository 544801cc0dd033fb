package http

import (
	"errors"
	"io/fs"
	nethttp "net/http"
	"os"
	"syscall"
)

// Open opens a regular file or a directory within root for reading, and nothing
// else: opening a pipe lets its writer go on, and opening a device may do
// anything. The name is in the form of the operating system. What exists but
// is neither gives fs.ErrNotExist; other errors are those of [os.Root].
func Open(root *os.Root, name string) (*os.File, fs.FileInfo, error) {
	info, err := root.Stat(name)
	if err != nil {
		return nil, nil, err
	}
	if !IsServable(info) {
		return nil, nil, fs.ErrNotExist
	}
	// The name may have become a pipe's by now: O_NONBLOCK keeps the server
	// from waiting for the pipe's other end.
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

// IsServable reports whether Open opens such a file.
func IsServable(info fs.FileInfo) bool { return info.IsDir() || info.Mode().IsRegular() }

// FileError is what a client is told when Open has failed with err: 503 if the
// process or the system has no file descriptor left, else 404.
func FileError(err error) *StatusError {
	if errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) {
		return &StatusError{nethttp.StatusServiceUnavailable, "too many files are open; try again later"}
	}
	return &StatusError{nethttp.StatusNotFound, "no such file here; check the name in the address"}
}
