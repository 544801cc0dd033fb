package http

import (
	"bytes"
	nethttp "net/http"
	"strconv"
	"strings"
)

// framing is what the lines of a header say of where its request ends, and for
// whom it is, before anything was made of them.
type framing struct {
	lengths, encodings, hosts int // how often the field is there
	encoding, host            string
}

func framingOf(header []byte) (f framing) {
	_, rest, _ := bytes.Cut(header, []byte("\n"))
	for len(rest) > 0 {
		var line []byte
		line, rest, _ = bytes.Cut(rest, []byte("\n"))
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok {
			continue
		}
		is := func(field string) bool { return len(name) == len(field) && bytes.EqualFold(name, []byte(field)) }
		switch {
		case is("Content-Length"):
			f.lengths++
		case is("Transfer-Encoding"):
			f.encodings++
			f.encoding = string(bytes.TrimSpace(value))
		case is("Host"):
			f.hosts++
			f.host = string(bytes.TrimSpace(value))
		}
	}
	return f
}

// emptyLines is the length of the empty lines that input begins with.
func emptyLines(input []byte) (n int) {
	for {
		switch rest := input[n:]; {
		case len(rest) > 0 && rest[0] == '\n':
			n++
		case len(rest) > 1 && rest[0] == '\r' && rest[1] == '\n':
			n += 2
		default:
			return n
		}
	}
}

// validHost reports whether a Host has only characters that one may have (RFC
// 3986, section 3.2).
func validHost(host string) bool {
	for i := range len(host) {
		if c := host[i]; !isAlphanumeric(c) && !strings.ContainsRune("!$%&'()*+,-.:;=[]_~", rune(c)) {
			return false
		}
	}
	return true
}

// validFields reports whether names are tokens, and values without control
// characters.
func validFields(header nethttp.Header) bool {
	for name, values := range header {
		if !isToken(name) {
			return false
		}
		for _, value := range values {
			for i := range len(value) {
				if c := value[i]; c < ' ' && c != '\t' || c == 0x7f {
					return false
				}
			}
		}
	}
	return true
}

// isToken reports whether s is a token (RFC 9110, section 5.6.2), which the name
// of a field is.
func isToken(s string) bool {
	for i := range len(s) {
		if c := s[i]; !isAlphanumeric(c) && !strings.ContainsRune("!#$%&'*+-.^_`|~", rune(c)) {
			return false
		}
	}
	return s != ""
}

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z'
}

// hasToken reports whether one of the comma-separated words of values is token,
// in any case.
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

// A chunkScan finds the end of a chunked body (RFC 9112, section 7.1) that
// comes in pieces, and looks at no byte of it more often than it must. What
// the chunks hold is for the standard library to read.
type chunkScan struct {
	at    int  // all before this was looked at
	size  int  // of the chunks so far
	last  bool // the last chunk was seen: trailers come, and an empty line
	ended bool
}

const maxChunkLine = 4 << 10

// scan returns the length of the chunked body that input begins with, or 0
// while its end has not come. Its errors are refusals.
func (s *chunkScan) scan(input []byte, limit int) (int, error) {
	for s.at < len(input) && !s.ended {
		end := bytes.IndexByte(input[s.at:], '\n')
		if end < 0 {
			if len(input)-s.at > maxChunkLine {
				return 0, badChunk("a line is longer than 4 KiB")
			}
			break
		}
		line := bytes.TrimSuffix(input[s.at:s.at+end], []byte("\r"))
		if s.last {
			s.at += end + 1
			s.ended = len(line) == 0
			continue
		}
		digits, _, _ := bytes.Cut(line, []byte(";"))
		size, err := strconv.ParseUint(string(bytes.TrimRight(digits, " \t")), 16, 63)
		switch {
		case err != nil:
			return 0, badChunk("a chunk begins with no hexadecimal length")
		case size > uint64(limit-s.size):
			return 0, bodyTooLarge(limit)
		case size == 0:
			s.at += end + 1
			s.last = true
			continue
		}
		next := s.at + end + 1 + int(size) + 2
		if next > len(input) {
			break
		}
		s.at = next
		s.size += int(size)
	}
	switch {
	case s.ended:
		return s.at, nil
	case s.at > 2*limit+MaxHeader:
		return 0, badChunk("the chunks are too small for what is around them")
	}
	return 0, nil
}

func badChunk(why string) error {
	return refusal{status: nethttp.StatusBadRequest, why: "the chunks of the body are malformed (" + why + "); see RFC 9112, section 7.1"}
}
