package command

import (
	"io"
	"os"
	"syscall"
)

var setConsoleMode = syscall.NewLazyDLL("kernel32.dll").NewProc("SetConsoleMode")

// enableEscapes has a console obey escape sequences, and reports whether it will.
func enableEscapes(w io.Writer) bool {
	const virtualTerminalProcessing = 4
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	console, mode := syscall.Handle(file.Fd()), uint32(0)
	if syscall.GetConsoleMode(console, &mode) != nil {
		return false
	}
	done, _, _ := setConsoleMode.Call(uintptr(console), uintptr(mode|virtualTerminalProcessing))
	return done != 0
}
