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

// A StatusError is why a request is not met.
type StatusError struct {
	Status int    // code of the reply, 400 or above
	Detail string // for the client: what is wrong, and what to do about it
}

func (e *StatusError) Error() string { return status(e.Status) + ": " + e.Detail }

func badRequest(format string, args ...any) error {
	return &StatusError{nethttp.StatusBadRequest, fmt.Sprintf(format, args...)}
}

// status is a status code with its reason phrase, as in "404 Not Found".
func status(code int) string { return strconv.Itoa(code) + " " + nethttp.StatusText(code) }

// Refuse answers the request in the client's input with a *[StatusError], as a line
// of text, which it notes for the log, and frees the unit. Any other error means that
// the client is gone: Refuse then only frees the unit. A refusal of HEAD has no body
// (RFC 9110, section 9.3.2).
func Refuse(client *sock.Unit, err error) {
	var refused *StatusError
	if errors.As(err, &refused) {
		body := refused.Error() + "\n"
		WriteHead(client, status(refused.Status), "text/plain; charset=utf-8", int64(len(body)))
		client.Note(refused.Error())
		if !bytes.HasPrefix(client.Input(), []byte("HEAD ")) {
			io.WriteString(client, body)
		}
	}
	client.Free()
}

// WriteHead writes the head of a reply with a status, as in "200 OK", which it notes
// for the log. The queue's clock dates it. The body, of length bytes, is to be written
// next, and then the unit to be freed: the head says that the connection closes.
// Browsers are to take the content type as it is.
func WriteHead(client *sock.Unit, status, contentType string, length int64) {
	client.Note(status)
	b := append(make([]byte, 0, 256), "HTTP/1.1 "...)
	b = append(b, status...)
	b = append(b, "\r\nDate: "...)
	b = client.Now().UTC().AppendFormat(b, nethttp.TimeFormat)
	b = append(b, "\r\nContent-Type: "...)
	b = append(b, contentType...)
	b = append(b, "\r\nX-Content-Type-Options: nosniff\r\nContent-Length: "...)
	b = strconv.AppendInt(b, length, 10)
	client.Write(append(b, "\r\nConnection: close\r\n\r\n"...))
}
