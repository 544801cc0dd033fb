//go:build !deadline

package tcp

import (
	"syscall"
	"time"
	"unsafe"
)

// poll is poll(2), and n is how many of fds it has an answer for: ppoll(2), which
// takes its time to the nanosecond.
func poll(fds []pollFD, wait time.Duration) (n int, err error) {
	limit := syscall.NsecToTimespec(int64(wait))
	r, _, errno := syscall.Syscall6(syscall.SYS_PPOLL, uintptr(unsafe.Pointer(unsafe.SliceData(fds))), uintptr(len(fds)), uintptr(unsafe.Pointer(&limit)), 0, 0, 0)
	return polled(r, errno)
}

// pollShortly is poll, but does not tell the scheduler.
func pollShortly(fds []pollFD, wait time.Duration) (n int, err error) {
	limit := syscall.NsecToTimespec(int64(wait))
	r, _, errno := syscall.RawSyscall6(syscall.SYS_PPOLL, uintptr(unsafe.Pointer(unsafe.SliceData(fds))), uintptr(len(fds)), uintptr(unsafe.Pointer(&limit)), 0, 0, 0)
	return polled(r, errno)
}
