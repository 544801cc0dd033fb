// Package header looks at the bytes of a request's header, before the standard
// library reads it: where it ends, and whether two servers in a row could read it
// in two ways. Its errors say what is wrong and what to send; a server answers
// them with 400.
package header

import (
	"bytes"
	"errors"
)

// EmptyLines is how many bytes of empty lines input begins with.
func EmptyLines(input []byte) (n int) {
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

// End is the length of the header in input, up to and with its first empty
// line, or 0 while that has not come. A CR before the end of a line is dropped.
// The first seen bytes were searched before.
func End(input []byte, seen int) int {
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

// CheckFirstLine refuses input whose first line, as far as it has come, has
// a byte that no request line can have: a control character (RFC 9112, section
// 3). The client speaks something else. The first seen bytes were checked
// before.
func CheckFirstLine(input []byte, seen int) error {
	const tlsHandshake = 0x16 // the first byte of a TLS connection (RFC 8446, section 5.1)
	if len(input) > 0 && input[0] == tlsHandshake {
		return errors.New("this is TLS, and no TLS is spoken here; use http:// in place of https://")
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
			return errors.New("the request has a control character in its first line; send a line like GET /name HTTP/1.1")
		}
	}
	return nil
}

// Fields is what a header says of where its request ends and whom it is for, some
// of which nethttp.ReadRequest drops.
type Fields struct {
	Lengths, Codings int    // how many there are of Content-Length and of Transfer-Encoding
	Coding           string // the last Transfer-Encoding
	Host             []byte // a part of the header, not a copy
	HasHost          bool
}

// Scan refuses two Hosts (RFC 9112, section 3.2), a field that goes on in
// the next line (section 5.2), and a blank in a name (section 5.1): behind each of
// them a Host could hide.
func Scan(header []byte) (f Fields, err error) {
	for _, rest, _ := bytes.Cut(header, []byte("\n")); len(rest) > 0; {
		if rest[0] == ' ' || rest[0] == '\t' {
			return f, errors.New("a field goes on in the next line; put each field on one line (RFC 9112, section 5.2)")
		}
		var line []byte
		line, rest, _ = bytes.Cut(rest, []byte("\n"))
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok {
			continue
		}
		if bytes.ContainsFunc(name, func(c rune) bool { return c <= ' ' || c >= 0x7f }) {
			return f, errors.New("the name of a field has a blank or a control character in it or after it; put the colon right after the name (RFC 9112, section 5.1)")
		}
		value = bytes.Trim(bytes.TrimSuffix(value, []byte("\r")), " \t")
		if bytes.ContainsFunc(value, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }) {
			return f, errors.New("a field has a control character in it; send none (RFC 9110, section 5.5)")
		}
		switch {
		case bytes.EqualFold(name, []byte("Content-Length")):
			f.Lengths++
		case bytes.EqualFold(name, []byte("Transfer-Encoding")):
			f.Codings++
			f.Coding = string(value)
		case bytes.EqualFold(name, []byte("Host")):
			if f.HasHost {
				return f, errors.New("there are too many Host fields; send one (RFC 9112, section 3.2)")
			}
			f.Host, f.HasHost = value, true
		}
	}
	return f, nil
}
