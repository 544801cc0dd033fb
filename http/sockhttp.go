package http

import (
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
// (RFC 9112), and decides as the post does: 400 for all but GET, 404 for all but
// a regular file that is not empty, and the connection closes. Beyond the post,
// it refuses malformed requests, tells the client what was wrong, decodes
// %20 and the like in a name, and drops a query.
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
	WriteHead(client, "200 OK", d.contentType(file), size)
	client.SendFile(file, 0, size)
	client.Free()
}

func checkMethod(request *nethttp.Request) error {
	switch {
	case request.ProtoMajor != 1:
		return badRequest("this server does not support %q; use HTTP/1.1", request.Proto)
	case request.Method != nethttp.MethodGet:
		return badRequest("this server does not support the method %q; use GET", request.Method)
	}
	return nil
}

func (d *Directory) openPath(urlPath string) (*os.File, int64, error) {
	if strings.HasSuffix(urlPath, "/") {
		return nil, 0, &StatusError{nethttp.StatusNotFound, "an address that ends in a slash names a folder, not a file; start sockserverhttp with -files to list folders"}
	}
	name := strings.TrimPrefix(urlPath, "/")
	if !fs.ValidPath(name) {
		return nil, 0, FileError(fs.ErrNotExist)
	}
	return d.Open(name)
}

// contentType is a file's media type, by its extension or else its first bytes.
func (d *Directory) contentType(file *os.File) string {
	if t := mime.TypeByExtension(path.Ext(filepath.ToSlash(file.Name()))); t != "" {
		return t
	}
	n, _ := file.ReadAt(d.start[:], 0)
	return nethttp.DetectContentType(d.start[:n])
}
