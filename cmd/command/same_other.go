//go:build !windows

package command

import "os"

// isSame reports whether f and g, which fi and gi describe, are one file.
func isSame(_, _ *os.File, fi, gi os.FileInfo) bool { return os.SameFile(fi, gi) }
