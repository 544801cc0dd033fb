package handler

import (
	nethttp "net/http"

	"sockhttp/sock"
)

// RoutineKeeping is Routine of a FileServer that keeps replies even if files
// have changed just now.
func RoutineKeeping(files nethttp.Handler, options *Options) sock.Routine {
	a := newAdapter(files, options)
	a.replies.settled = -1
	return a.serve
}

// ChangeTime is when a file was last changed.
var ChangeTime = changeTime
