package http

import (
	"bytes"
	"fmt"
	nethttp "net/http"
	"strings"
)

// fields is what the lines of a header say of where its request ends and whom
// it is for. ReadRequest leaves out some of that.
type fields struct {
	lengths, encodings int    // how many there are of Content-Length and of Transfer-Encoding
	encoding           string // the last Transfer-Encoding
	hasHost            bool
	host               string
	blank              bool // the name of a field has a blank in it
}

// scanFields refuses two Hosts (RFC 9112, section 3.2), and a field that goes on
// in the next line (section 5.2), for a Host can hide behind either.
func scanFields(header []byte) (f fields, err error) {
	_, rest, _ := bytes.Cut(header, []byte("\n"))
	for len(rest) > 0 {
		if rest[0] == ' ' || rest[0] == '\t' {
			return f, badRequest("a field goes on in the next line; put each field on one line (RFC 9112, section 5.2)")
		}
		var line []byte
		line, rest, _ = bytes.Cut(rest, []byte("\n"))
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok {
			continue
		}
		f.blank = f.blank || bytes.IndexByte(name, ' ') >= 0
		is := func(field string) bool { return len(name) == len(field) && bytes.EqualFold(name, []byte(field)) }
		switch {
		case is("Content-Length"):
			f.lengths++
		case is("Transfer-Encoding"):
			f.encodings++
			f.encoding = string(bytes.TrimSpace(value))
		case is("Host"):
			if f.hasHost {
				return f, badRequest("there are too many Host fields; send one (RFC 9112, section 3.2)")
			}
			f.hasHost = true
			f.host = string(bytes.TrimSpace(value))
		}
	}
	return f, nil
}

// checkEncoding refuses transfer codings but chunked (RFC 9112, section 6.1).
// ReadRequest does so, too, with an error that does not tell this from others.
func (f fields) checkEncoding() error {
	if f.encodings == 1 && !strings.EqualFold(f.encoding, "chunked") {
		return &StatusError{nethttp.StatusNotImplemented, fmt.Sprintf("the transfer coding %q is not known here; use chunked, or a Content-Length", f.encoding)}
	}
	return nil
}

// checkRequest refuses what ReadRequest lets pass and two servers in a row could
// read in two ways.
func checkRequest(r *nethttp.Request, f fields) error {
	switch {
	case f.lengths+f.encodings > 1, f.encodings > 0 && !r.ProtoAtLeast(1, 1):
		return badRequest("the length of the body is given more than once, or by chunks in HTTP/1.0; send one Content-Length or one Transfer-Encoding (RFC 9112, section 6.3)")
	case !f.hasHost && r.ProtoMajor == 1 && r.ProtoMinor > 0 && r.Method != nethttp.MethodConnect:
		return badRequest("the request has no Host; HTTP/1.1 requires one (RFC 9112, section 3.2)")
	case !validHost(f.host):
		return badRequest("%q is no Host; send a name or an address, and a port if you like", f.host)
	case f.blank:
		return badRequest("the name of a field has a blank in it or after it; put the colon right after the name (RFC 9112, section 5.1)")
	}
	return nil
}
