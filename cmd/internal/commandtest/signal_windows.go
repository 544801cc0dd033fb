package commandtest

import (
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// On Windows, Ctrl+C goes to all processes of a console. So each program gets a
// console of its own, without a window. To press Ctrl+C there, this process takes
// its place at that console for a moment, and ignores what it gets itself.

const createNoWindow = 0x08000000

var toBeSignalled = &syscall.SysProcAttr{CreationFlags: createNoWindow}

var (
	kernel32      = syscall.NewLazyDLL("kernel32.dll")
	freeConsole   = kernel32.NewProc("FreeConsole")
	attachConsole = kernel32.NewProc("AttachConsole")
	generateEvent = kernel32.NewProc("GenerateConsoleCtrlEvent")
)

const parent = 1<<32 - 1 // ATTACH_PARENT_PROCESS

var atConsole sync.Mutex

func (p *Process) signal(os.Signal) error {
	atConsole.Lock()
	defer atConsole.Unlock()
	own := make(chan os.Signal, 1)
	signal.Notify(own, os.Interrupt) // for good: it may come late
	freeConsole.Call()               // there may be none
	defer func() {
		freeConsole.Call()
		attachConsole.Call(parent) // it may have none
	}()
	if ok, _, err := attachConsole.Call(uintptr(p.Process.Pid)); ok == 0 {
		return fmt.Errorf("AttachConsole: %w", err)
	}
	if ok, _, err := generateEvent.Call(syscall.CTRL_C_EVENT, 0); ok == 0 {
		return fmt.Errorf("GenerateConsoleCtrlEvent: %w", err)
	}
	<-own // before this process leaves the console
	return nil
}
