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

	"sockhttp/sock"
)

// A Fetch gets a file over HTTP, as the post's reader would: its Routine, for
// a [sock.Client], sends a GET request, reads the head, takes the
// Content-Length, and reads that many bytes.
type Fetch struct {
	Host string    // of the request, and of its Host: a name and perhaps a port
	Path string    // with the query, escaped, from the slash on
	To   io.Writer // gets the bytes

	// Progress is called with how many bytes have come, of how many; nil:
	// nothing is.
	Progress func(come, of int64)

	// Err is set when all has come, or it is known that it will not: nil, or
	// why not.
	Err error

	began    bool
	heads    int   // bytes of the interim replies (1xx) before the reply
	length   int64 // of the body; negative before the head has come
	come     int64
	finished bool
}

const (
	// fetchQuiet is how long a server may take for the whole head of its reply,
	// and then how long it may send nothing.
	fetchQuiet = 30 * time.Second

	// fetchHead is the most bytes of that head, interim replies included.
	fetchHead = 4 * MaxHeader
)

// Routine is for the client. It frees its unit when Err is known. If the
// connection breaks before the request is sent, only Done of the client is called.
func (f *Fetch) Routine(server *sock.Unit) {
	if !f.began {
		f.began, f.length = true, -1
		f.Err = errors.New("the request was not sent")
		fmt.Fprintf(server, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", f.Path, f.Host)
		server.LimitInput(fetchQuiet)
		return
	}
	if f.finished {
		return
	}
	length, before := f.length, f.come
	ended, err := f.read(server)
	if err == nil && !ended {
		// The time may be over though something has come, when this program
		// was stopped for a while.
		came := f.length != length || f.come > before
		if server.Err() == nil || came && errors.Is(server.Err(), os.ErrDeadlineExceeded) {
			if came {
				server.LimitInput(fetchQuiet)
			}
			return
		}
		err = f.unfinished(server)
	}
	f.finished, f.Err = true, err
	server.Free()
}

// read takes what has come, and reports whether that is all.
func (f *Fetch) read(server *sock.Unit) (ended bool, err error) {
	for f.length < 0 {
		input := server.Input()
		end := headerEnd(input)
		switch {
		case f.heads+end > fetchHead, end == 0 && f.heads+len(input) > fetchHead:
			return false, fmt.Errorf("the reply's head is longer than %d KiB", fetchHead>>10)
		case end == 0:
			return false, nil
		}
		r, err := nethttp.ReadResponse(bufio.NewReader(bytes.NewReader(input[:end])), nil)
		switch {
		case err != nil:
			return false, fmt.Errorf("the reply is not HTTP: %w", err)
		case r.StatusCode >= 100 && r.StatusCode < 200 && r.StatusCode != nethttp.StatusSwitchingProtocols:
			f.heads += end
			server.Discard(end) // another comes
			continue
		case r.StatusCode != nethttp.StatusOK && r.Header.Get("Location") != "":
			return false, fmt.Errorf("the server answers %q; ask for %q", r.Status, r.Header.Get("Location"))
		case r.StatusCode != nethttp.StatusOK:
			reason, whole := reasonOf(r, input[end:])
			if !whole && server.Err() == nil {
				return false, nil
			}
			return false, notOK(r, reason)
		case r.ContentLength < 0:
			return false, errors.New("the reply has no Content-Length, and so its end would not be known")
		}
		f.length = r.ContentLength
		server.Discard(end)
	}
	input := server.Input()
	input = input[:min(int64(len(input)), f.length-f.come)]
	if len(input) > 0 {
		if _, err := f.To.Write(input); err != nil {
			return false, err
		}
		server.Discard(len(input))
	}
	f.come += int64(len(input))
	if f.Progress != nil {
		f.Progress(f.come, f.length)
	}
	return f.come == f.length, nil
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
	if f.length < 0 && err == io.EOF {
		// The post's 400 and 404 end without the blank line.
		head := io.MultiReader(bytes.NewReader(server.Input()), strings.NewReader("\r\n"))
		if r, err := nethttp.ReadResponse(bufio.NewReader(head), nil); err == nil && r.StatusCode >= 400 {
			return notOK(r, "")
		}
	}
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded) && f.length < 0:
		return fmt.Errorf("the head of the reply did not come within %v", fetchQuiet)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("the server has sent nothing for %v", fetchQuiet)
	case f.length >= 0 && err == io.EOF:
		return fmt.Errorf("the connection ended after %d bytes of %d", f.come, f.length)
	case err == io.EOF:
		return errors.New("the connection ended before the reply's head did")
	}
	return err
}
