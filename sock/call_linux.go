package sock

import (
	"syscall"
	"unsafe"
)

// A call on a socket that never blocks need not tell the scheduler, which would
// otherwise watch each for having to replace the thread: with a server that
// does little else, a tenth of its time.

func read(fd int, p []byte) (int, error) { return rawCall(syscall.SYS_READ, fd, p) }

func write(fd int, p []byte) (int, error) { return rawCall(syscall.SYS_WRITE, fd, p) }

func rawCall(number uintptr, fd int, p []byte) (int, error) {
	n, _, err := syscall.RawSyscall(number, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)))
	if err != 0 {
		return -1, err
	}
	return int(n), nil
}
