//go:build !deadline

package tcp

import "syscall"

// accept takes a client from the listening socket fd without waiting. The new
// socket does not block and is not inherited by child processes.
func accept(fd int) (client int, from syscall.Sockaddr, err error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	for {
		client, from, err = syscall.Accept(fd)
		if err != syscall.EINTR {
			break
		}
	}
	if err != nil {
		return client, from, err
	}
	syscall.CloseOnExec(client)
	if err := syscall.SetNonblock(client, true); err != nil {
		syscall.Close(client)
		return -1, nil, err
	}
	return client, from, nil
}
