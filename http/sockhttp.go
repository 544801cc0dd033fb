package http

import (
	"io"
	"io/fs"
	"mime"
	nethttp "net/http"
	"os"
	"path"
	"path/filepath"
	"strings"

	"sockhttp/sock"
)

// SockHTTP takes the steps of [Directory.PostedHTTP] in well-formed HTTP/1.1
// (RFC 9112), and comes to the same decisions: 400 for anything but GET, 404
// for anything but a regular file that is not empty, and the connection closes.
// What it does beyond the post: it decodes %20 and the like in the name, drops
// a query, refuses what is not a well-formed request (see [RequestReader]), and
// tells the client what was wrong.
func (d *Directory) SockHTTP(client *sock.Unit) {
	// (1) Read HTTP header.
	request, _, err := d.ReadRequest(client)
	if err != nil {
		Refuse(client, err)
		return
	}
	if request == nil {
		return // the rest comes with a later callback
	}

	// (2) Bail if not GET.
	if err := checkMethod(request); err != nil {
		Refuse(client, err)
		return
	}

	// (3) Check if the requested file exists in the directory and get its
	// size. Bail if not found.
	file, size, err := d.openPath(request.URL.Path)
	if err != nil {
		Refuse(client, err)
		return
	}

	// (4) Send the requested file.
	WriteHead(client, nethttp.StatusOK, contentType(file), size)
	client.SendFile(file, 0, size)
	client.Free()
}

// checkMethod refuses, like the post, all that is not a GET with 400.
func checkMethod(request *nethttp.Request) error {
	switch {
	case request.ProtoMajor != 1:
		return badRequest("%q is not spoken here; use HTTP/1.1", request.Proto)
	case request.Method != nethttp.MethodGet:
		return badRequest("%q is not answered here; use GET", request.Method)
	}
	return nil
}

// openPath opens the file that the path of a URL names.
func (d *Directory) openPath(urlPath string) (*os.File, int64, error) {
	name := strings.TrimPrefix(urlPath, "/")
	if !fs.ValidPath(name) {
		return nil, 0, FileError(fs.ErrInvalid)
	}
	name, err := filepath.Localize(name)
	if err != nil {
		return nil, 0, FileError(err)
	}
	return d.Open(name)
}

// contentType is the media type of a file by its extension, else by its first
// bytes.
func contentType(file *os.File) string {
	if t := mime.TypeByExtension(path.Ext(filepath.ToSlash(file.Name()))); t != "" {
		return t
	}
	var start [512]byte // as much as DetectContentType looks at
	n, err := file.ReadAt(start[:], 0)
	if err != nil && err != io.EOF {
		return "application/octet-stream"
	}
	return nethttp.DetectContentType(start[:n])
}
