//go:build (freebsd || darwin) && !deadline

package tcp

import (
	"syscall"
	"time"
	"unsafe"
)

// poll is poll(2), and n is how many of fds it has an answer for. It takes its time
// in milliseconds.
func poll(fds []pollFD, wait time.Duration) (n int, err error) {
	limit := (wait + time.Millisecond - 1) / time.Millisecond
	r, _, errno := syscall.Syscall(syscall.SYS_POLL, uintptr(unsafe.Pointer(unsafe.SliceData(fds))), uintptr(len(fds)), uintptr(limit))
	return polled(r, errno)
}

// pollShortly is poll: a call that the scheduler is not told of is not safe on
// macOS.
func pollShortly(fds []pollFD, wait time.Duration) (n int, err error) { return poll(fds, wait) }
