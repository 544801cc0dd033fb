//go:build (freebsd || darwin || (linux && !amd64 && !arm64)) && !deadline

package tcp

import "syscall"

// sendFile is sendfile(2).
func sendFile(to, from int, offset, n int64) (int, error) {
	return syscall.Sendfile(to, from, &offset, int(n))
}
