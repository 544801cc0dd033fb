package http

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	nethttp "net/http"
	"os"
	"strings"
	"time"

	"sockhttp/http/internal/header"
	"sockhttp/sock"
)

// A Fetch gets a file over HTTP as the post's reader would. Its Routine, for
// a [sock.Client], sends a GET request, reads the head of the reply, takes
// the Content-Length from it, and reads that many bytes.
type Fetch struct {
	Host     string                   // for the request's Host: a name and perhaps a port
	Path     string                   // with the query, escaped, from the slash on
	To       io.Writer                // gets the file's bytes
	Progress func(received, of int64) // called with bytes received, of how many; nil: nothing is

	// Ask, unless nil, sends the request in place of Routine, and may do so
	// bit by bit. It returns how long that will take: the time for the reply
	// begins then.
	Ask func(server *sock.Unit, request []byte) (takes time.Duration)

	// Status is that of the reply, as in "200 OK"; empty before its head has
	// come.
	Status string

	// Err is why the file has not come, or has not come whole; in the end it
	// is nil if it has.
	Err error

	sent     bool  // the request
	size     int64 // of the file in bytes; negative before the head has come
	received int64
	heads    int // bytes of the interim replies (1xx) so far
}

// silence is how long a server may take for the whole head of its reply, and then
// how long it may send nothing.
const silence = 30 * time.Second

// maxReplyHead is the most bytes of that head, interim replies included.
const maxReplyHead = 4 * MaxHeader

// Routine frees its unit when Err is known. If the connection breaks before the
// request is sent, it is not called again.
func (f *Fetch) Routine(server *sock.Unit) {
	if !f.sent {
		f.sent, f.size, f.Err = true, -1, errors.New("the request was not sent")
		takes := time.Duration(0)
		if f.Ask != nil {
			takes = f.Ask(server, f.Request())
		} else {
			server.Write(f.Request())
		}
		server.LimitInput(takes + silence)
		return
	}
	size, received := f.size, f.received
	err := f.read(server)
	if err == nil && f.received != f.size {
		if f.size != size || f.received > received {
			server.LimitInput(silence)
		}
		if server.Err() == nil {
			return
		}
		err = f.unfinished(server)
	}
	f.Err = err
	server.Free()
}

// Request is what is sent.
func (f *Fetch) Request() []byte {
	return fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", f.Path, f.Host)
}

// read takes what has come.
func (f *Fetch) read(server *sock.Unit) error {
	for f.size < 0 {
		input := server.Input()
		end := header.End(input, 0)
		switch {
		case f.heads+end > maxReplyHead, end == 0 && f.heads+len(input) > maxReplyHead:
			return fmt.Errorf("the reply's head is longer than %d KiB", maxReplyHead>>10)
		case end == 0:
			return nil
		}
		r, err := nethttp.ReadResponse(bufio.NewReader(bytes.NewReader(input[:end])), nil)
		switch {
		case err != nil:
			return fmt.Errorf("the reply is not HTTP: %w", err)
		case r.StatusCode >= 100 && r.StatusCode < 200 && r.StatusCode != nethttp.StatusSwitchingProtocols:
			f.heads += end // another reply comes
			server.Discard(end)
			continue
		}
		f.Status = r.Status
		switch {
		case r.StatusCode != nethttp.StatusOK && r.Header.Get("Location") != "":
			return fmt.Errorf("the server answers %q; ask for %q", r.Status, r.Header.Get("Location"))
		case r.StatusCode != nethttp.StatusOK:
			reason, whole := reasonOf(r, input[end:])
			if !whole && server.Err() == nil {
				return nil
			}
			return notOK(r, reason)
		case r.ContentLength < 0:
			return errors.New("the reply has no Content-Length, and so its end would not be known")
		default:
			f.size = r.ContentLength
		}
		server.Discard(end)
	}
	input := server.Input()
	input = input[:min(int64(len(input)), f.size-f.received)]
	if len(input) > 0 {
		if _, err := f.To.Write(input); err != nil {
			return err
		}
		server.Discard(len(input))
	}
	f.received += int64(len(input))
	if f.Progress != nil {
		f.Progress(f.received, f.size)
	}
	return nil
}

// reasonOf is what a server says of a reply that is not 200: the first line of
// its body, as far as it has come, if that is text. It reports whether the line
// is whole.
func reasonOf(r *nethttp.Response, body []byte) (reason string, whole bool) {
	const most = 200 // bytes
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "text/plain") || len(r.TransferEncoding) > 0 {
		return "", true
	}
	size := most
	if r.ContentLength >= 0 {
		size = int(min(r.ContentLength, most))
	}
	line, _, whole := bytes.Cut(body[:min(len(body), size)], []byte("\n"))
	return strings.TrimSpace(string(line)), whole || len(line) == size
}

// notOK is the error of a reply that is not 200.
func notOK(r *nethttp.Response, reason string) error {
	reason = strings.TrimPrefix(strings.TrimPrefix(reason, r.Status), ": ") // as SockHTTP begins it
	if reason == "" {
		return fmt.Errorf("the server answers %q", r.Status)
	}
	return fmt.Errorf("the server answers %q: %q", r.Status, reason)
}

// unfinished is why the rest has not come.
func (f *Fetch) unfinished(server *sock.Unit) error {
	err := server.Err()
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded) && f.size < 0:
		return fmt.Errorf("the head of the reply did not come within %v", silence)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("the server has sent nothing for %v", silence)
	case err == io.EOF && f.size < 0:
		// The post's 400 and 404 end without the blank line.
		head := io.MultiReader(bytes.NewReader(server.Input()), strings.NewReader("\r\n"))
		if r, err := nethttp.ReadResponse(bufio.NewReader(head), nil); err == nil && r.StatusCode >= 400 {
			f.Status = r.Status
			return notOK(r, "")
		}
		return errors.New("the connection ended before the reply's head did")
	case err == io.EOF:
		return fmt.Errorf("the connection ended after %d bytes of %d", f.received, f.size)
	}
	return err
}
