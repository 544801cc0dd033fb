//go:build linux && !386 && !s390x && !deadline

package tcp

import (
	"encoding/binary"
	"syscall"
	"unsafe"
)

// A call on a socket that never blocks need not tell the scheduler, which would
// otherwise watch each for having to replace the thread: with a server that
// does little else, a tenth of its time. And recvfrom(2) comes to a socket by
// a shorter way than read(2), which is for any file.

// accept takes a client from the listening socket fd without waiting. The new
// socket does not block and is not inherited by child processes.
func accept(fd int) (client int, from address, err error) {
	var a syscall.RawSockaddrInet6 // has room for an IPv4 address, too
	for {
		size := uint32(unsafe.Sizeof(a))
		r, _, errno := syscall.RawSyscall6(syscall.SYS_ACCEPT4, uintptr(fd), uintptr(unsafe.Pointer(&a)), uintptr(unsafe.Pointer(&size)), syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, 0, 0)
		switch errno {
		case 0:
			return int(r), fromRaw(&a), nil
		case syscall.EINTR:
		default:
			return -1, from, errno
		}
	}
}

// fromRaw is an address as the system has it, with the port in the network's order.
func fromRaw(a *syscall.RawSockaddrInet6) address {
	port := binary.BigEndian.Uint16((*[2]byte)(unsafe.Pointer(&a.Port))[:])
	if a.Family == syscall.AF_INET {
		return addressOf4((*syscall.RawSockaddrInet4)(unsafe.Pointer(a)).Addr, port)
	}
	return address{ip: a.Addr, port: port, zone: a.Scope_id}
}

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
