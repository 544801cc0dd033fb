package handler

import (
	"bytes"
	"fmt"
	nethttp "net/http"
	"strconv"

	"sockhttp/http"
)

// A chunkScanner finds the end of a chunked body (RFC 9112, section 7.1) that
// comes in pieces, and looks at no byte of it more often than it must. What
// the chunks hold is for the standard library to read.
type chunkScanner struct {
	at    int  // all bytes before this have been scanned
	size  int  // bytes that the chunks so far hold
	extra int  // bytes of chunk extensions and trailers
	last  bool // the last chunk was found: trailers come, and an empty line
	ended bool
}

const maxChunkLine = 4 << 10 // bytes

// scan returns the length of the chunked body that input begins with, or 0
// while its end has not come. The chunks may hold limit bytes. Its errors are
// those of ReadRequest.
func (s *chunkScanner) scan(input []byte, limit int) (int, error) {
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
			if s.extra += end + 1; s.extra > http.MaxHeader {
				return 0, extraTooLarge()
			}
			s.at += end + 1
			s.ended = len(line) == 0
			continue
		}
		digits, extension, _ := bytes.Cut(line, []byte(";"))
		if s.extra+len(extension) > http.MaxHeader {
			return 0, extraTooLarge()
		}
		size, err := strconv.ParseUint(string(bytes.TrimRight(digits, " \t")), 16, 63)
		switch {
		case err != nil:
			return 0, badChunk("a chunk begins with no hexadecimal length")
		case size > uint64(limit-s.size):
			return 0, bodyTooLarge(limit)
		case size == 0:
			s.at += end + 1
			s.extra += len(extension)
			s.last = true
			continue
		}
		next := s.at + end + 1 + int(size) + 2
		if next > len(input) {
			break
		}
		s.at = next
		s.size += int(size)
		s.extra += len(extension)
	}
	switch {
	case s.ended:
		return s.at, nil
	case s.at > 2*limit+http.MaxHeader:
		return 0, badChunk("the chunks are too small for what is around them")
	}
	return 0, nil
}

func badChunk(detail string) error {
	return &http.StatusError{Status: nethttp.StatusBadRequest, Detail: "the chunks of the body are malformed (" + detail + "); see RFC 9112, section 7.1"}
}

// extraTooLarge is for what RFC 9112, sections 7.1.1 and 7.1.2, has a server
// bound as it does the header.
func extraTooLarge() error {
	return &http.StatusError{Status: nethttp.StatusRequestHeaderFieldsTooLarge, Detail: "the trailers and chunk extensions are longer than 16 KiB; send fewer or smaller ones"}
}

func bodyTooLarge(limit int) error {
	return &http.StatusError{Status: nethttp.StatusRequestEntityTooLarge, Detail: fmt.Sprintf("the body is longer than %d bytes; send less", limit)}
}
