//go:build !deadline

package tcp

import "syscall"

// accept takes a client from the listening socket fd without waiting. The new
// socket does not block and is not inherited by child processes.
func accept(fd int) (client int, from address, err error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	var sockaddr syscall.Sockaddr
	for {
		client, sockaddr, err = syscall.Accept(fd)
		if err != syscall.EINTR {
			break
		}
	}
	if err != nil {
		return -1, from, err
	}
	syscall.CloseOnExec(client)
	if err := syscall.SetNonblock(client, true); err != nil {
		syscall.Close(client)
		return -1, from, err
	}
	return client, addressOf(sockaddr), nil
}
