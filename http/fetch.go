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

// A Fetch gets a file over HTTP as the post's reader would. Its Routine, for
// a [sock.Client], sends a GET request, reads the head of the reply, takes
// the Content-Length from it, and reads that many bytes.
type Fetch struct {
	Host     string                   // for the request's Host: a name and perhaps a port
	Path     string                   // with the query, escaped, from the slash on
	To       io.Writer                // gets the file's bytes
	Progress func(received, of int64) // called with bytes received, of how many; nil: nothing is

	// Err is why the file has not come, or has not come whole; in the end it
	// is nil if it has.
	Err error

	sent     bool  // the request
	size     int64 // of the file in bytes; negative before the head has come
	received int64
}

// silence is how long a server may send nothing.
const silence = 30 * time.Second

// Routine frees its unit when Err is known. If the connection breaks before the
// request is sent, it is not called again.
func (f *Fetch) Routine(server *sock.Unit) {
	if !f.sent {
		f.sent, f.size = true, -1
		f.Err = errors.New("the request was not sent")
		fmt.Fprintf(server, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", f.Path, f.Host)
		server.LimitInput(silence)
		return
	}
	before := f.received
	err := f.read(server)
	if err == nil && f.received != f.size {
		// Time may be over though something has come, if this program was
		// stopped for a while.
		if server.Err() == nil || f.received > before && errors.Is(server.Err(), os.ErrDeadlineExceeded) {
			server.LimitInput(silence)
			return
		}
		err = f.unfinished(server.Err())
	}
	f.Err = err
	server.Free()
}

// read takes what has come.
func (f *Fetch) read(server *sock.Unit) error {
	for f.size < 0 {
		end := headerEnd(server.Input())
		if end == 0 {
			if len(server.Input()) > 4*MaxHeader {
				return fmt.Errorf("the reply's head is longer than %d KiB", 4*MaxHeader>>10)
			}
			return nil
		}
		r, err := nethttp.ReadResponse(bufio.NewReader(bytes.NewReader(server.Input()[:end])), nil)
		switch {
		case err != nil:
			return fmt.Errorf("the reply is not HTTP: %w", err)
		case r.StatusCode >= 100 && r.StatusCode < 200 && r.StatusCode != nethttp.StatusSwitchingProtocols:
			// another comes
		case r.StatusCode != nethttp.StatusOK && r.Header.Get("Location") != "":
			return fmt.Errorf("the server answers %q; ask for %q", r.Status, r.Header.Get("Location"))
		case r.StatusCode != nethttp.StatusOK:
			return fmt.Errorf("the server answers %q", r.Status)
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

// unfinished is why the rest has not come.
func (f *Fetch) unfinished(err error) error {
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("the server has sent nothing for %v", silence)
	case err == io.EOF && f.size < 0:
		return errors.New("the connection ended before the reply's head did")
	case err == io.EOF:
		return fmt.Errorf("the connection ended after %d bytes of %d", f.received, f.size)
	}
	return err
}
