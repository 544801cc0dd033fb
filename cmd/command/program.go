// Package command is what the commands share: flags, exit status and escaping,
// and for the servers also the listener, the log, and an orderly end on Ctrl-C. A
// server of your own gets all of it in the same way: testdata/hello is one to copy.
//
// Without a command line, [Listen], [NewLog] and [Run] are enough; see the example.
package command

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
)

// Status returns the exit status of a command that has run: 0, or 1 after
// printing its error.
func Status(program string, err error, stderr io.Writer) int {
	if err == nil {
		return 0
	}
	fmt.Fprintf(stderr, "%s: %v\n", program, err)
	return 1
}

// UsageStatus returns the exit status of a command that has not run because of
// its command line: 0 if that asked for the help or the version, or 2 after
// printing what is wrong with it.
func UsageStatus(program string, err error, stderr io.Writer) int {
	if errors.Is(err, errAnswered) {
		return 0
	}
	fmt.Fprintf(stderr, "%s: %v; see %s -h\n", program, err, program)
	return 2
}

// version is what the program was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(unknown)"
	}
	return info.Main.Version
}

// Reason returns the innermost error of err, or nil for nil. It is for messages
// that already name what the outer errors name, such as the file.
func Reason(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}

// IsTerminal reports whether w is a terminal.
func IsTerminal(w io.Writer) bool {
	f, _ := w.(*os.File)
	info, err := f.Stat() // fails if there is no file
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
