package command

import (
	"os"
	"syscall"
)

var compareObjectHandles = syscall.NewLazyDLL("kernelbase.dll").NewProc("CompareObjectHandles")

// isSame reports whether f and g, which fi and gi describe, are one file. Windows
// numbers the files of its disks alone, and os.SameFile takes any two pipes for
// one. Those are the same whose handles are of one object, and consoles always are:
// a program has only one. Nobody may be writing to them yet, because of Fd.
func isSame(f, g *os.File, fi, gi os.FileInfo) bool {
	if fi.Mode().IsRegular() && gi.Mode().IsRegular() {
		return os.SameFile(fi, gi)
	}
	if isConsole(f) && isConsole(g) {
		return true
	}
	same, _, _ := compareObjectHandles.Call(f.Fd(), g.Fd())
	return same != 0
}

func isConsole(f *os.File) bool {
	var mode uint32
	return syscall.GetConsoleMode(syscall.Handle(f.Fd()), &mode) == nil
}
