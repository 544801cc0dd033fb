package http

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	nethttp "net/http"
	"os"
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
	length   int64 // of the body; negative before the head has come
	come     int64
	finished bool
}

// fetchQuiet is how long a server may send nothing.
const fetchQuiet = 30 * time.Second

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
	before := f.come
	ended, err := f.read(server)
	if err == nil && !ended {
		// The time may be over though something has come, when this program
		// was stopped for a while.
		if server.Err() == nil || f.come > before && errors.Is(server.Err(), os.ErrDeadlineExceeded) {
			server.LimitInput(fetchQuiet)
			return
		}
		err = f.unfinished(server.Err())
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
		case end == 0 && len(input) > 4*MaxHeader:
			return false, fmt.Errorf("the reply's head is longer than %d KiB", 4*MaxHeader>>10)
		case end == 0:
			return false, nil
		}
		r, err := nethttp.ReadResponse(bufio.NewReader(bytes.NewReader(input[:end])), nil)
		switch {
		case err != nil:
			return false, fmt.Errorf("the reply is not HTTP: %w", err)
		case r.StatusCode >= 100 && r.StatusCode < 200 && r.StatusCode != nethttp.StatusSwitchingProtocols:
			server.Discard(end) // another comes
			continue
		case r.StatusCode != nethttp.StatusOK && r.Header.Get("Location") != "":
			return false, fmt.Errorf("the server answers %q; ask for %q", r.Status, r.Header.Get("Location"))
		case r.StatusCode != nethttp.StatusOK:
			return false, fmt.Errorf("the server answers %q", r.Status)
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

// unfinished is why the rest has not come.
func (f *Fetch) unfinished(err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = fmt.Errorf("the server has sent nothing for %v", fetchQuiet)
	}
	switch {
	case f.length >= 0 && err == io.EOF:
		return fmt.Errorf("the connection ended after %d bytes of %d", f.come, f.length)
	case err == io.EOF:
		return errors.New("the connection ended before the reply's head did")
	}
	return err
}
