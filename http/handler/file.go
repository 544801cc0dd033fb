package handler

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"syscall"
)

// An openFile is an *os.File, or what its WriteTo makes of it to call ReadFrom
// with; package net tells them by the same methods.
type openFile interface {
	fs.File
	io.Seeker
	syscall.Conn
}

// A filePart is the part of a file that a reply ends in. The zero value is none.
type filePart struct {
	file         *os.File
	offset, size int64 // bytes
}

// partOf is what comes next in file, up to n bytes, for which file is still to
// be duplicated, and the name of the file. It is not ok for what is no regular
// file, and for a file at its end. That may be one of /proc, which has bytes
// that its size does not count.
func partOf(file openFile, n int64) (part filePart, name string, ok bool) {
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return filePart{}, "", false
	}
	offset, err := file.Seek(0, io.SeekCurrent)
	size := min(n, info.Size()-offset)
	return filePart{offset: offset, size: size}, info.Name(), err == nil && size > 0
}

// duplicate opens the file that file has open once more, so that it can be sent
// after file was closed.
func duplicate(file syscall.Conn, name string) (again *os.File, err error) {
	raw, err := file.SyscallConn()
	if err != nil {
		return nil, err
	}
	var dupErr error
	err = raw.Control(func(fd uintptr) {
		if fd, dupErr = dup(fd); dupErr == nil {
			again = os.NewFile(fd, name)
		}
	})
	return again, errors.Join(err, dupErr)
}

// appendTo appends the part's bytes to b, and closes it.
func (p *filePart) appendTo(b []byte) ([]byte, error) {
	defer p.close()
	if p.size == 0 {
		return b, nil
	}
	at := len(b)
	b = slices.Grow(b, int(p.size))[:at+int(p.size)]
	_, err := p.file.ReadAt(b[at:], p.offset)
	return b, err
}

func (p *filePart) close() {
	if p.file != nil {
		p.file.Close()
	}
	*p = filePart{}
}
