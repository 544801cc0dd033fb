//go:build (freebsd || darwin || (linux && (386 || s390x))) && !deadline

package tcp

import "syscall"

func read(fd int, p []byte) (int, error) { return syscall.Read(fd, p) }

func write(fd int, p []byte) (int, error) { return syscall.Write(fd, p) }

func writeMore(fd int, p []byte) (int, error) { return write(fd, p) }
