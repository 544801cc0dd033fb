package handler

import (
	"os"
	"syscall"
	"testing"
)

// A child process does not inherit the file that is opened once more.
func TestDupIsNotInherited(t *testing.T) {
	file, err := os.Open("dup_linux_test.go")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	again, err := dup(file.Fd())
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(int(again))
	flags, _, errno := syscall.Syscall(syscall.SYS_FCNTL, again, syscall.F_GETFD, 0)
	if errno != 0 || flags&syscall.FD_CLOEXEC == 0 || again == file.Fd() {
		t.Errorf("descriptor %d for %d has flags %#x, %v", again, file.Fd(), flags, errno)
	}
}
