package http

import _ "embed"

//go:embed posted.go
var posted string

//go:embed sockhttp.go
var sockhttp string

// Listings are the sources of PostedHTTP and SockHTTP, for a page that shows them
// at work.
func Listings() (postedHTTP, sockHTTP string) { return posted, sockhttp }
