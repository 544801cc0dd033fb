//go:build !windows

package commandtest

import (
	"os"
	"syscall"
)

var toBeSignalled *syscall.SysProcAttr

func (p *Process) signal(s os.Signal) error { return p.Process.Signal(s) }
