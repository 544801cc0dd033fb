//go:build !windows

package command

import "io"

// enableEscapes has a terminal obey escape sequences, and reports whether it will.
func enableEscapes(io.Writer) bool { return true }
