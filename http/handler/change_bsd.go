//go:build darwin || freebsd

package handler

import (
	"io/fs"
	"syscall"
	"time"
)

// changeTime is when a file, or what is known of it, was last changed. Unlike
// ModTime, no program can set it.
func changeTime(info fs.FileInfo) (at time.Time, ok bool) {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return at, false
	}
	return time.Unix(s.Ctimespec.Unix()), true
}
