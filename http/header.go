package http

import (
	"bytes"
	"errors"
	"io"
	nethttp "net/http"
	"os"
	"strings"

	"sockhttp/sock"
)

// MaxHeader is the most bytes that the header of a request may have.
const MaxHeader = 16 << 10

// readHeader returns the header that the client's input begins with, up to and
// with the first empty line, or nil while that has not come.
func readHeader(client *sock.Unit) (header []byte, err error) {
	input := client.Input()
	end := headerEnd(input)
	switch {
	case end > MaxHeader || end == 0 && len(input) > MaxHeader:
		return nil, &StatusError{nethttp.StatusRequestHeaderFieldsTooLarge, "the header is longer than 16 KiB; send fewer or smaller fields"}
	case end > 0:
		return input[:end], nil
	case errors.Is(client.Err(), os.ErrDeadlineExceeded):
		return nil, &StatusError{nethttp.StatusRequestTimeout, "the header did not come in time; send it at once"}
	case client.Err() == io.EOF && len(input) > 0:
		return nil, badRequest("the header has no end; send an empty line after it")
	}
	return nil, client.Err()
}

// headerEnd is the length of the header in input, or 0 while its end has not
// come. Lines end in LF, a CR before that is dropped, and the first empty line
// ends the header.
func headerEnd(input []byte) int {
	for end := 0; ; {
		n := bytes.IndexByte(input[end:], '\n')
		if n < 0 {
			return 0
		}
		line := input[end : end+n]
		end += n + 1
		if len(line) == 0 || len(line) == 1 && line[0] == '\r' {
			return end
		}
	}
}

// splitRequest returns the words of the header's first line, which are
// separated by spaces.
func splitRequest(header []byte) []string {
	line, _, _ := bytes.Cut(header, []byte("\n"))
	line = bytes.TrimSuffix(line, []byte("\r"))
	return strings.FieldsFunc(string(line), func(r rune) bool { return r == ' ' })
}

// emptyLines is the length of the empty lines that input begins with. A server
// should skip those before a request (RFC 9112, section 2.2).
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
