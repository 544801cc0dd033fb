package http

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"

	"sockhttp/http/internal/header"
	"sockhttp/sock"
)

const cr = "\r" // the post's string(13b)

// PostedHTTP is the post's SockHTTP, which takes these steps:
//
//  1. Read the lines of the header, up to the first empty one.
//  2. Split the first line at its spaces, and print the words. If the first is
//     not GET, answer 400 and close the connection.
//  3. The second word, with a period before it, is the name of the file. If
//     there is no such file, or it is not a regular one, or it is empty, answer
//     404 and close the connection. (No blank line ends either answer.)
//  4. Answer 200 with the file's size and the file, and close the connection.
//
// It differs from the original in these points:
//
//   - It never waits. While the end of the header has not come it returns, and is
//     called again when there is more. What it writes is queued.
//   - Only files within the directory are opened. One that exists but cannot be
//     opened is answered with 404.
//   - A request line of one word, which stops the original with an error, is
//     answered with 400.
//   - Some headers are answered in the form of the post's 400: one that is too
//     long with 431; one that comes too late with 408; one with a Host that
//     AllowHost does not allow with 421; and with 400 one that ends early, has two
//     Hosts, a blank in a field's name, or a field that goes on in the next line.
func (d *Directory) PostedHTTP(client *sock.Unit) {
	// (1) Read HTTP header.
	head, err := d.readPosted(client)
	if err != nil {
		bail(client, err)
		return
	}
	if head == nil {
		return // the rest comes with a later callback
	}

	// (2) Bail if not GET.
	request := splitRequest(head)
	if d.Print != nil {
		d.Print(request)
	}
	if len(request) < 2 || request[0] != "GET" {
		printf(client, "HTTP/1.1 400 Bad Request"+cr)
		printf(client, "Connection: close"+cr)
		client.Free()
		return
	}

	// (3) Check if the requested file exists in the directory and get its
	// size. Bail if not found.
	file, size, err := d.Open("." + request[1])
	if err != nil {
		printf(client, "HTTP/1.1 404 Not Found"+cr)
		printf(client, "Connection: close"+cr)
		client.Free()
		return
	}

	// (4) Send the requested file.
	printf(client, "HTTP/1.1 200 OK"+cr)
	printf(client, "Content-Length: "+strconv.FormatInt(size, 10)+cr)
	printf(client, "Connection: close"+cr)
	printf(client, cr)
	client.SendFile(file, 0, size)
	client.Free()
}

// splitRequest returns the words of the header's first line (the post's strsplit).
func splitRequest(header []byte) []string {
	line, _, _ := bytes.Cut(header, []byte("\n"))
	line = bytes.TrimSuffix(line, []byte("\r"))
	return strings.FieldsFunc(string(line), func(r rune) bool { return r == ' ' })
}

// printf writes a line as IDL does. If the line is a status line, it also notes the
// status for the log.
func printf(client *sock.Unit, line string) {
	if status, ok := strings.CutPrefix(line, "HTTP/1.1 "); ok {
		client.Note(strings.TrimSuffix(status, cr))
	}
	io.WriteString(client, line+"\n")
}

// readPosted reads the header (step 1). It refuses one whose Host is ambiguous, and
// one whose Host AllowHost does not allow.
func (d *Directory) readPosted(client *sock.Unit) (head []byte, err error) {
	if head, err = readHeader(client); head == nil {
		return nil, err
	}
	f, err := header.Scan(head)
	if err == nil && f.HasHost {
		return head, CheckHost(d.AllowHost, string(f.Host))
	}
	return head, refuse(err)
}

// bail answers in the form of the post's 400. If err is not a *StatusError, the
// client is gone, and bail only frees the unit.
func bail(client *sock.Unit, err error) {
	var refused *StatusError
	if errors.As(err, &refused) {
		printf(client, "HTTP/1.1 "+status(refused.Status)+cr)
		printf(client, "Connection: close"+cr)
		client.Note(refused.Error())
	}
	client.Free()
}
