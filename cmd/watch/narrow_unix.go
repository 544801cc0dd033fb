//go:build unix

package watch

import "syscall"

// narrow gives a client's socket, before it connects, so little room that what the
// server sends it does not fit into the kernel: short segments keep the server's
// own buffer short, too, where they are allowed (on macOS they may not be).
func narrow(_, _ string, c syscall.RawConn) (err error) {
	c.Control(func(fd uintptr) {
		syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_MAXSEG, 536)
		err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 4<<10)
	})
	return err
}
