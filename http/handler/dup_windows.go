package handler

import "syscall"

// dup opens the file of a handle once more.
func dup(handle uintptr) (uintptr, error) {
	process, err := syscall.GetCurrentProcess()
	if err != nil {
		return 0, err
	}
	var again syscall.Handle
	err = syscall.DuplicateHandle(process, syscall.Handle(handle), process, &again, 0, false, syscall.DUPLICATE_SAME_ACCESS)
	return uintptr(again), err
}
