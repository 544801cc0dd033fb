package timer

import _ "embed"

//go:embed run.go
var listing string

// Listing is the source of [Queue.Step] and [Queue.Run], for a page that shows
// them at work.
func Listing() string { return listing }
