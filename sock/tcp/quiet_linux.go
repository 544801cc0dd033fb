//go:build !deadline

package tcp

import (
	"syscall"
	"unsafe"
)

func newQuietList() (fd int, err error) { return syscall.EpollCreate1(syscall.EPOLL_CLOEXEC) }

// add has the system note when the socket fd is sent something, once each time.
func (l *quietList) add(fd int32) error {
	event := syscall.EpollEvent{Events: syscall.EPOLLIN | syscall.EPOLLRDHUP | epollET, Fd: fd}
	return syscall.EpollCtl(l.fd, syscall.EPOLL_CTL_ADD, int(fd), &event)
}

const epollET = 1 << 31 // which package syscall has as a negative number

// heard fills fds with the sockets that were sent something, and returns how many
// they are: fewer than there is room for, if these are all.
func (l *quietList) heard(fds []int32) (int, error) {
	var events [128]syscall.EpollEvent
	n, _, errno := syscall.RawSyscall6(syscall.SYS_EPOLL_PWAIT, uintptr(l.fd), uintptr(unsafe.Pointer(&events)), uintptr(min(len(events), len(fds))), 0, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	for i, event := range events[:n] {
		fds[i] = event.Fd
	}
	return int(n), nil
}
