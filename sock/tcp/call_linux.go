//go:build linux && !386 && !s390x && !deadline

package tcp

import (
	"syscall"
	"unsafe"
)

// A call on a socket that never blocks need not tell the scheduler, which would
// otherwise watch each for having to replace the thread: with a server that
// does little else, a tenth of its time. And recvfrom(2) comes to a socket by
// a shorter way than read(2), which is for any file.

func read(fd int, p []byte) (int, error) { return rawCall(syscall.SYS_RECVFROM, fd, p, 0) }

func write(fd int, p []byte) (int, error) {
	return rawCall(syscall.SYS_SENDTO, fd, p, syscall.MSG_NOSIGNAL)
}

func writeMore(fd int, p []byte) (int, error) {
	const more = 0x8000 // MSG_MORE
	return rawCall(syscall.SYS_SENDTO, fd, p, syscall.MSG_NOSIGNAL|more)
}

func rawCall(number uintptr, fd int, p []byte, flags uintptr) (int, error) {
	n, _, err := syscall.RawSyscall6(number, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)), flags, 0, 0)
	if err != 0 {
		return -1, err
	}
	return int(n), nil
}
