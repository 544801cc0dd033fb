//go:build linux && (amd64 || arm64) && !deadline

package tcp

import (
	"runtime"
	"syscall"
	"unsafe"
)

// sendFile is sendfile(2). If what it sends is in memory, the scheduler is not told:
// else it wakes another thread to replace this one, which takes half of the time of a
// server with one processor. What has to come from a disk, or over a network, may
// take long, and then the others run meanwhile. Only the first and the last byte are
// asked for: mostly all between them is there, too.
func sendFile(to, from int, offset, n int64) (int, error) {
	if !isCached(from, offset) || !isCached(from, offset+n-1) {
		return syscall.Sendfile(to, from, &offset, int(n))
	}
	r, _, errno := syscall.RawSyscall6(syscall.SYS_SENDFILE, uintptr(to), uintptr(from), uintptr(unsafe.Pointer(&offset)), uintptr(n), 0, 0)
	return polled(r, errno)
}

// isCached reports whether a byte of a file can be read without waiting, so that it is
// in memory: preadv2(2) with RWF_NOWAIT, which not every kind of file system can do. It
// is not when the file ends before.
func isCached(fd int, offset int64) bool {
	const nowait = 0x8
	number := uintptr(286)
	if runtime.GOARCH == "amd64" {
		number = 327
	}
	var b byte
	v := syscall.Iovec{Base: &b, Len: 1}
	r, _, errno := syscall.RawSyscall6(number, uintptr(fd), uintptr(unsafe.Pointer(&v)), 1, uintptr(offset), 0, nowait)
	return errno == 0 && r == 1
}
