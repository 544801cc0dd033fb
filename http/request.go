package http

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	nethttp "net/http"
	"os"
	"strings"

	"sockhttp/http/internal/header"
	"sockhttp/sock"
)

// MaxHeader is the most bytes that the header of a request may have.
const MaxHeader = 16 << 10

// A RequestReader reads requests from units, those of all clients of a routine.
// The zero value is ready. It belongs to the goroutine of the server's queue.
type RequestReader struct {
	// Print is called with the words of each request line, which the post
	// prints. They are as the client sent them: escape them for a terminal.
	Print func(words []string)

	// AllowHost reports whether a request with this Host, a name and perhaps
	// a port, is for this server; if not, the answer is 421. Nil allows all. See
	// [LocalHost].
	AllowHost func(host string) bool

	source bytes.Reader // these two for each request anew
	buffer bufio.Reader
}

// ReadRequest returns the request that the client's input begins with, as
// [nethttp.ReadRequest] reads it. It is nil while the end of its header has not
// come: return then, and the routine is called again when there is more. Empty
// lines before a request are discarded (RFC 9112, section 2.2).
//
// The header stays in the input, of which it is the first length bytes; the body
// follows it there, and Body is empty. Any method and any version pass, but
// nothing that two servers in a row could read in two ways. An error is
// a *[StatusError], for [Refuse], unless the client is gone.
func (r *RequestReader) ReadRequest(client *sock.Unit) (request *nethttp.Request, length int, err error) {
	if n := header.EmptyLines(client.Input()); n > 0 {
		client.Skip(n)
	}
	head, err := readHeader(client)
	switch {
	case err != nil:
		return nil, 0, r.firstError(client, err)
	case head == nil:
		return nil, 0, r.checkBeginning(client.Input(), client.Seen())
	}
	if r.Print != nil {
		r.Print(splitRequest(head))
	}
	if request, err = r.parse(head); err != nil {
		return nil, 0, r.firstError(client, err)
	}
	return request, len(head), nil
}

// firstError is err or, if the request line is wrong, what is wrong with that: so
// a request is refused in the same words however it came.
func (r *RequestReader) firstError(client *sock.Unit, err error) error {
	input := client.Input()
	return cmp.Or(refuse(header.CheckFirstLine(input, 0)), r.checkBeginning(input, 0), err)
}

// parse has the standard library read a header, and refuses what that lets pass
// and a server must not (RFC 9112, sections 3.2, 5.1, 6.1 and 6.3).
func (r *RequestReader) parse(head []byte) (*nethttp.Request, error) {
	f, err := header.Scan(head)
	if err != nil {
		return nil, refuse(err)
	}
	r.source.Reset(head)
	r.buffer.Reset(&r.source)
	request, err := nethttp.ReadRequest(&r.buffer)
	switch {
	case f.Codings == 1 && !strings.EqualFold(f.Coding, "chunked"):
		return nil, &StatusError{nethttp.StatusNotImplemented, fmt.Sprintf("the transfer coding %q is not known here; use chunked, or a Content-Length", f.Coding)}
	case err != nil:
		return nil, unreadable(err)
	case f.Lengths+f.Codings > 1, f.Codings > 0 && !request.ProtoAtLeast(1, 1):
		return nil, badRequest("the length of the body is given more than once, or by chunks in HTTP/1.0; send one Content-Length or one Transfer-Encoding (RFC 9112, section 6.3)")
	case !f.HasHost && request.ProtoMajor == 1 && request.ProtoMinor > 0 && request.Method != nethttp.MethodConnect:
		return nil, badRequest("the request has no Host; HTTP/1.1 requires one (RFC 9112, section 3.2)")
	case !header.ValidHost(string(f.Host)):
		return nil, badRequest("%q is not a valid Host; send a name or an address, and a port if you like", f.Host)
	}
	request.Body = nethttp.NoBody
	if f.HasHost || request.Host != "" {
		err = CheckHost(r.AllowHost, request.Host)
	}
	return request, err
}

// checkBeginning refuses a header that has not come to its end by its first
// line, as soon as that is here. Before seen, input was checked already.
func (r *RequestReader) checkBeginning(input []byte, seen int) error {
	line, _, ended := bytes.Cut(input, []byte("\n"))
	if !ended || len(line) < seen {
		return nil
	}
	r.source.Reset(append(bytes.Clone(line), "\n\n"...))
	r.buffer.Reset(&r.source)
	if _, err := nethttp.ReadRequest(&r.buffer); err != nil {
		return unreadable(err)
	}
	return nil
}

func unreadable(err error) error {
	return badRequest("the request cannot be read (%v); send a line like GET /name HTTP/1.1, with %%25 for a percent sign, then its fields", err)
}

// refuse is the answer to what package header found to be wrong; nil if nothing
// is.
func refuse(err error) error {
	if err == nil {
		return nil
	}
	return badRequest("%v", err)
}

// readHeader returns the header that the client's input begins with, or nil while
// its end has not come. A client that leaves without sending anything gets
// no reply.
func readHeader(client *sock.Unit) (head []byte, err error) {
	input := client.Input()
	if err := header.CheckFirstLine(input, client.Seen()); err != nil {
		return nil, refuse(err)
	}
	end := header.End(input, client.Seen())
	switch {
	case end > MaxHeader || end == 0 && len(input) > MaxHeader:
		return nil, &StatusError{nethttp.StatusRequestHeaderFieldsTooLarge, "the header is longer than 16 KiB; send fewer or smaller fields"}
	case end > 0:
		return input[:end], nil
	case len(input) == 0:
		return nil, client.Err()
	case errors.Is(client.Err(), os.ErrDeadlineExceeded):
		return nil, &StatusError{nethttp.StatusRequestTimeout, "the header did not come in time; send it at once"}
	case client.Err() == io.EOF:
		return nil, badRequest("the header is not complete; send an empty line after it")
	}
	return nil, client.Err()
}
