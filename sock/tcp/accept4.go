//go:build (freebsd || (linux && (386 || s390x))) && !deadline

package tcp

import "syscall"

// accept takes a client from the listening socket fd without waiting. The new
// socket does not block and is not inherited by child processes.
func accept(fd int) (client int, from address, err error) {
	for {
		client, sockaddr, err := syscall.Accept4(fd, syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC)
		if err != syscall.EINTR {
			return client, addressOf(sockaddr), err
		}
	}
}
