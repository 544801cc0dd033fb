package http

import (
	"bufio"
	"bytes"
	"fmt"
	nethttp "net/http"

	"sockhttp/sock"
)

// A RequestReader reads requests from units, those of all clients of a routine.
// The zero value is ready. It belongs to the goroutine of the server's queue.
type RequestReader struct {
	// Print is called with the words of each request line, which the post
	// prints. They are as the client sent them: escape them for a terminal.
	Print func(words []string)

	// AllowHost reports whether the server goes by the name that a request
	// has in its Host, a port included; if not, the answer is 421. Nil allows
	// every name. See [LocalHost].
	AllowHost func(host string) bool

	// For each request anew:
	source bytes.Reader
	buffer bufio.Reader
}

// ReadRequest returns the request that the client's input begins with, or nil
// while the end of its header has not come: the routine then returns, and is
// called again when there is more.
//
// The request is as [nethttp.ReadRequest] reads it, and then checked; any method
// and any version pass. The first length bytes of the client's input are then its
// header; what follows them is its body, of which Body has nothing. Empty lines
// before a request are discarded (RFC 9112, section 2.2).
//
// An error is a *[StatusError], for [Refuse], or else means that the client is
// gone.
func (r *RequestReader) ReadRequest(client *sock.Unit) (request *nethttp.Request, length int, err error) {
	if n := emptyLines(client.Input()); n > 0 {
		client.Discard(n)
	}
	header, err := readHeader(client)
	if header == nil {
		return nil, 0, err
	}
	if r.Print != nil {
		r.Print(splitRequest(header))
	}
	fields, err := scanFields(header)
	if err != nil {
		return nil, 0, err
	}
	if err := fields.checkEncoding(); err != nil {
		return nil, 0, err
	}
	r.source.Reset(header)
	r.buffer.Reset(&r.source)
	request, err = nethttp.ReadRequest(&r.buffer)
	if err != nil {
		return nil, 0, badRequest("the request cannot be read (%v); send a line like GET /name HTTP/1.1, with %%25 for a percent sign, then its fields", err)
	}
	request.Body = nethttp.NoBody
	if err := checkRequest(request, fields); err != nil {
		return nil, 0, err
	}
	if fields.hasHost || request.Host != "" {
		if err := r.checkHost(request.Host); err != nil {
			return nil, 0, err
		}
	}
	return request, len(header), nil
}

func (r *RequestReader) checkHost(host string) error {
	if r.AllowHost == nil || validHost(host) && r.AllowHost(host) {
		return nil
	}
	return &StatusError{nethttp.StatusMisdirectedRequest, fmt.Sprintf("this server does not go by the name %q; start it with -allow-host to add a name", host)}
}
