package handler

import (
	"errors"
	"fmt"
	"io"
	nethttp "net/http"
	"os"
	"strings"

	"sockhttp/http"
	"sockhttp/sock"
)

// A requestReader reads requests with their bodies.
type requestReader struct {
	http.RequestReader
	maxBody   int // bytes
	bodies    bodies
	headsOnly bool // bodies are left to the handler, which refuses them
}

// An incoming request is one of which some may not have come.
type incoming struct {
	request   *nethttp.Request // nil before the end of its header
	header    int              // length of its header in bytes
	chunks    chunkScanner     // of its body, if that is chunked
	continued bool             // its client was told to go on
}

// read returns the request that the client's input begins with and its length in
// bytes; nil while its end has not come. Its errors are those of ReadRequest.
func (q *requestReader) read(client *sock.Unit, in *incoming) (r *nethttp.Request, length int, err error) {
	if in.request == nil {
		r, header, err := q.ReadRequest(client)
		if r == nil {
			return nil, 0, err
		}
		if err := q.check(r); err != nil {
			return nil, 0, err
		}
		in.request, in.header = r, header
	}

	r, input := in.request, client.Input()
	if q.headsOnly {
		r.Close = r.Close || r.ContentLength != 0
		return r, in.header, nil
	}
	chunked := r.ContentLength < 0
	length = in.header + int(r.ContentLength)
	if chunked {
		n, err := in.chunks.scan(input[in.header:], q.maxBody)
		if err != nil {
			return nil, 0, err
		}
		length = in.header + n
	}
	switch {
	case length > len(input) || chunked && length == in.header:
		if err := in.await(client); err != nil {
			return nil, 0, err
		}
		return nil, 0, q.makeRoom(client, length)
	case chunked:
		err = unchunk(r, input[:length])
	case length > in.header:
		r.Body = &body{rest: input[in.header:length]}
	}
	return r, length, err
}

// check refuses a request by its header, before any of its body is read.
func (q *requestReader) check(r *nethttp.Request) error {
	switch {
	case r.ProtoMajor != 1:
		return &http.StatusError{Status: nethttp.StatusHTTPVersionNotSupported, Detail: fmt.Sprintf("%q is not supported here; use HTTP/1.1", r.Proto)}
	case r.Header.Get("Expect") != "" && !hasToken(r.Header["Expect"], "100-continue"):
		return &http.StatusError{Status: nethttp.StatusExpectationFailed, Detail: fmt.Sprintf("%q cannot be expected here; 100-continue can", r.Header.Get("Expect"))}
	case r.ContentLength > int64(q.maxBody) && !q.headsOnly:
		return bodyTooLarge(q.maxBody)
	}
	return nil
}

// makeRoom holds what is coming of a body, to a request of length bytes, if that
// is known already.
func (q *requestReader) makeRoom(client *sock.Unit, length int) error {
	if !q.bodies.hold(client, max(length, cap(client.Input()))) {
		return &http.StatusError{Status: nethttp.StatusServiceUnavailable, Detail: "the server holds as many requests as it has room for; try again later"}
	}
	client.Reserve(length)
	return nil
}

// await is for a body of which some has not come. It returns an error if the
// rest will not come, and tells a client to go on that waits for that.
func (in *incoming) await(client *sock.Unit) error {
	switch err := client.Err(); {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &http.StatusError{Status: nethttp.StatusRequestTimeout, Detail: "the body did not come in time; send it at once"}
	case err == io.EOF:
		return &http.StatusError{Status: nethttp.StatusBadRequest, Detail: "the body ended early; send as much as was announced"}
	case err != nil:
		return err
	}
	if !in.continued && in.request.ProtoAtLeast(1, 1) && hasToken(in.request.Header["Expect"], "100-continue") {
		in.continued = true
		if len(client.Input()) == in.header { // else it did not wait to be told
			io.WriteString(client, "HTTP/1.1 100 Continue\r\n\r\n")
		}
	}
	return nil
}

// hasToken reports whether one of the comma-separated words of values is token,
// in upper or lower case.
func hasToken(values []string, token string) bool {
	for _, value := range values {
		for word := range strings.SplitSeq(value, ",") {
			if strings.EqualFold(strings.TrimSpace(word), token) {
				return true
			}
		}
	}
	return false
}
