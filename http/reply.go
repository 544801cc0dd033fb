package http

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	nethttp "net/http"
	"strconv"

	"sockhttp/sock"
)

// A StatusError is why a request is not met, in the words of HTTP.
type StatusError struct {
	Status int    // code of the reply, 400 or above
	Detail string // for the client: what is wrong, and what to do about it
}

func (e *StatusError) Error() string { return Status(e.Status) + ": " + e.Detail }

func badRequest(format string, args ...any) error {
	return &StatusError{nethttp.StatusBadRequest, fmt.Sprintf(format, args...)}
}

// Status is a status code with its reason phrase, as in "404 Not Found".
func Status(code int) string {
	reason := nethttp.StatusText(code)
	if reason == "" {
		reason = "status code " + strconv.Itoa(code)
	}
	return strconv.Itoa(code) + " " + reason
}

// Refuse answers the request in the client's input with err, a *[StatusError],
// as a line of plain text, and frees the unit. Any other error means that there
// is nobody to answer, and then Refuse only frees the unit. A refusal of HEAD
// has no body (RFC 9110, section 9.3.2).
func Refuse(client *sock.Unit, err error) {
	var refused *StatusError
	if errors.As(err, &refused) {
		body := refused.Error() + "\n"
		WriteHead(client, refused.Status, "text/plain; charset=utf-8", int64(len(body)))
		if !bytes.HasPrefix(client.Input(), []byte("HEAD ")) {
			io.WriteString(client, body)
		}
	}
	client.Free()
}

// WriteHead writes the head of a reply, after which the connection is to be
// closed: status line, Date by the queue's clock, the type of the body and its
// length in bytes. The status is noted for the log.
func WriteHead(client *sock.Unit, code int, contentType string, length int64) {
	status := Status(code)
	client.Note(status)
	b := append(make([]byte, 0, 256), "HTTP/1.1 "...)
	b = append(b, status...)
	b = append(b, "\r\nDate: "...)
	b = client.Now().UTC().AppendFormat(b, nethttp.TimeFormat)
	b = append(b, "\r\nContent-Type: "...)
	b = append(b, contentType...)
	b = append(b, "\r\nContent-Length: "...)
	b = strconv.AppendInt(b, length, 10)
	b = append(b, "\r\nConnection: close\r\n\r\n"...)
	client.Write(b)
}
