package http

import (
	nethttp "net/http"
	"strconv"
	"time"
)

// posted is the post's set of bytes.
type posted struct{}

// parse takes the file's name from the request line: a period, and the second
// word as it stands. A line without a second word stops the original with
// an error.
func (posted) parse(_ []byte, request []string) (name string, err error) {
	if len(request) < 2 || request[0] != "GET" {
		return "", refusal{status: nethttp.StatusBadRequest}
	}
	return "." + request[1], nil
}

// head ends in a blank line only where the post's has one.
func (posted) head(b []byte, r reply, _ time.Time) []byte {
	b = append(b, "HTTP/1.1 "+statusLine(r.status)+"\r\n"...)
	if r.file == nil {
		return append(b, "Connection: close\r\n"...)
	}
	b = append(b, "Content-Length: "...)
	b = strconv.AppendInt(b, r.size, 10)
	return append(b, "\r\nConnection: close\r\n\r\n"...)
}
