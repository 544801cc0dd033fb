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
	if n := emptyLines(client.Input()); n > 0 {
		client.Skip(n)
	}
	header, err := readHeader(client)
	switch {
	case err != nil:
		return nil, 0, r.firstError(client, err)
	case header == nil:
		return nil, 0, r.checkBeginning(client.Input(), client.Seen())
	}
	if r.Print != nil {
		r.Print(splitRequest(header))
	}
	if request, err = r.parse(header); err != nil {
		return nil, 0, r.firstError(client, err)
	}
	return request, len(header), nil
}

// firstError is err or, if the request line is wrong, what is wrong with that: so
// a request is refused in the same words however it came.
func (r *RequestReader) firstError(client *sock.Unit, err error) error {
	input := client.Input()
	return cmp.Or(checkFirstLine(input, 0), r.checkBeginning(input, 0), err)
}

// parse has the standard library read a header, and refuses what that lets pass
// and a server must not (RFC 9112, sections 3.2, 5.1, 6.1 and 6.3).
func (r *RequestReader) parse(header []byte) (*nethttp.Request, error) {
	f, err := scanFields(header)
	if err != nil {
		return nil, err
	}
	r.source.Reset(header)
	r.buffer.Reset(&r.source)
	request, err := nethttp.ReadRequest(&r.buffer)
	switch {
	case f.codings == 1 && !strings.EqualFold(f.coding, "chunked"):
		return nil, &StatusError{nethttp.StatusNotImplemented, fmt.Sprintf("the transfer coding %q is not known here; use chunked, or a Content-Length", f.coding)}
	case err != nil:
		return nil, unreadable(err)
	case f.lengths+f.codings > 1, f.codings > 0 && !request.ProtoAtLeast(1, 1):
		return nil, badRequest("the length of the body is given more than once, or by chunks in HTTP/1.0; send one Content-Length or one Transfer-Encoding (RFC 9112, section 6.3)")
	case !f.hasHost && request.ProtoMajor == 1 && request.ProtoMinor > 0 && request.Method != nethttp.MethodConnect:
		return nil, badRequest("the request has no Host; HTTP/1.1 requires one (RFC 9112, section 3.2)")
	case !validHost(f.host):
		return nil, badRequest("%q is not a valid Host; send a name or an address, and a port if you like", f.host)
	}
	request.Body = nethttp.NoBody
	if f.hasHost || request.Host != "" {
		err = r.checkHost(request.Host)
	}
	return request, err
}

func (r *RequestReader) checkHost(host string) error {
	if r.AllowHost == nil || validHost(host) && r.AllowHost(host) {
		return nil
	}
	return &StatusError{nethttp.StatusMisdirectedRequest, fmt.Sprintf("this server does not go by the name %q; start it with -allow-host to add a name", host)}
}

// emptyLines is how many bytes of empty lines input begins with.
func emptyLines(input []byte) (n int) {
	for at, c := range input {
		switch {
		case c == '\n':
			n = at + 1
		case c != '\r' || at > n:
			return n
		}
	}
	return n
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

// readHeader returns the header that the client's input begins with, or nil while
// its end has not come.
// A client that leaves without sending anything gets no reply.
func readHeader(client *sock.Unit) (header []byte, err error) {
	input := client.Input()
	if err := checkFirstLine(input, client.Seen()); err != nil {
		return nil, err
	}
	end := headerEnd(input, client.Seen())
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
	case client.Err() != nil:
		return nil, client.Err()
	}
	return nil, nil
}

// headerEnd is the length of the header in input, up to and with its first empty
// line, or 0 while that has not come. A CR before the end of a line is dropped.
// The first seen bytes were searched before.
func headerEnd(input []byte, seen int) int {
	for at := seen; ; {
		n := bytes.IndexByte(input[at:], '\n')
		if n < 0 {
			return 0
		}
		at += n + 1
		before := bytes.TrimSuffix(input[:at-1], []byte("\r"))
		if len(before) == 0 || before[len(before)-1] == '\n' {
			return at
		}
	}
}

// checkFirstLine refuses input whose first line, as far as it has come, has
// a byte that no request line can have: a control character (RFC 9112, section
// 3). The client speaks something else. The first seen bytes were checked
// before.
func checkFirstLine(input []byte, seen int) error {
	const tlsHandshake = 0x16 // the first byte of a TLS connection (RFC 8446, section 5.1)
	if len(input) > 0 && input[0] == tlsHandshake {
		return badRequest("this is TLS, and no TLS is spoken here; use http:// in place of https://")
	}
	if bytes.IndexByte(input[:seen], '\n') >= 0 {
		return nil
	}
	for _, c := range input[seen:] {
		switch {
		case c == '\n':
			return nil
		case c == '\r':
		case c < ' ' || c == 0x7f:
			return badRequest("the request has a control character in its first line; send a line like GET /name HTTP/1.1")
		}
	}
	return nil
}

// splitRequest returns the words of the header's first line (the post's strsplit).
func splitRequest(header []byte) []string {
	line, _, _ := bytes.Cut(header, []byte("\n"))
	line = bytes.TrimSuffix(line, []byte("\r"))
	return strings.FieldsFunc(string(line), func(r rune) bool { return r == ' ' })
}

// fields is what a header says of where its request ends and whom it is for, some
// of which nethttp.ReadRequest drops.
type fields struct {
	lengths, codings int    // how many there are of Content-Length and of Transfer-Encoding
	coding           string // the last Transfer-Encoding
	host             string
	hasHost          bool
}

// scanFields refuses two Hosts (RFC 9112, section 3.2), a field that goes on in
// the next line (section 5.2), and a blank in a name (section 5.1): behind each of
// them a Host could hide.
func scanFields(header []byte) (f fields, err error) {
	for _, rest, _ := bytes.Cut(header, []byte("\n")); len(rest) > 0; {
		if rest[0] == ' ' || rest[0] == '\t' {
			return f, badRequest("a field goes on in the next line; put each field on one line (RFC 9112, section 5.2)")
		}
		var line []byte
		line, rest, _ = bytes.Cut(rest, []byte("\n"))
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok {
			continue
		}
		if bytes.ContainsFunc(name, func(c rune) bool { return c <= ' ' || c >= 0x7f }) {
			return f, badRequest("the name of a field has a blank or a control character in it or after it; put the colon right after the name (RFC 9112, section 5.1)")
		}
		value = bytes.Trim(bytes.TrimSuffix(value, []byte("\r")), " \t")
		if bytes.ContainsFunc(value, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }) {
			return f, badRequest("a field has a control character in it; send none (RFC 9110, section 5.5)")
		}
		switch {
		case bytes.EqualFold(name, []byte("Content-Length")):
			f.lengths++
		case bytes.EqualFold(name, []byte("Transfer-Encoding")):
			f.codings++
			f.coding = string(value)
		case bytes.EqualFold(name, []byte("Host")):
			if f.hasHost {
				return f, badRequest("there are too many Host fields; send one (RFC 9112, section 3.2)")
			}
			f.host, f.hasHost = string(value), true
		}
	}
	return f, nil
}
