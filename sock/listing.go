package sock

import _ "embed"

//go:embed callbacks.go
var listing string

// Listing is the source of the two callbacks, for a page that shows them at work.
func Listing() string { return listing }
