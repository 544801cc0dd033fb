//go:build unix

package handler

import "syscall"

// dup opens the file of a descriptor once more.
func dup(fd uintptr) (uintptr, error) {
	syscall.ForkLock.RLock() // no process may start between the two calls
	defer syscall.ForkLock.RUnlock()
	again, err := syscall.Dup(int(fd))
	if err == nil {
		syscall.CloseOnExec(again)
	}
	return uintptr(again), err
}
