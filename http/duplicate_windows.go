package http

import (
	"errors"
	"os"
	"syscall"
)

// duplicate opens the file that file has open once more, so that it can be sent
// after file was closed.
func duplicate(file *os.File) (*os.File, error) {
	raw, err := file.SyscallConn()
	if err != nil {
		return nil, err
	}
	process, err := syscall.GetCurrentProcess()
	if err != nil {
		return nil, err
	}
	var handle syscall.Handle
	var dupErr error
	err = raw.Control(func(old uintptr) {
		dupErr = syscall.DuplicateHandle(process, syscall.Handle(old), process, &handle, 0, false, syscall.DUPLICATE_SAME_ACCESS)
	})
	if err := errors.Join(err, dupErr); err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(handle), file.Name()), nil
}
