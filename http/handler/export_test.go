package handler

import (
	nethttp "net/http"

	"sockhttp/sock"
)

// RoutineKeeping is Routine of a FileServer that keeps replies even if files
// have changed just now. After mark, the log tells of those that are kept by then.
func RoutineKeeping(files nethttp.Handler, options *Options) (routine sock.Routine, mark func()) {
	a := newAdapter(files, options)
	a.replies.settled = -1
	return a.serve, func() {
		for _, k := range a.replies.of {
			k.status = "kept"
		}
	}
}

// ChangeTime is when a file was last changed.
var ChangeTime = changeTime
