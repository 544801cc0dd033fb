package http

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net"
	nethttp "net/http"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// http11 is HTTP/1.1 (RFC 9112): the post's decisions, in well-formed bytes.
type http11 struct {
	folder *Folder

	// Used for each request anew.
	header bytes.Reader
	reader bufio.Reader
	start  [sniffed]byte
}

// What is wrong with requests, and what to do.
const (
	notHTTP    = "the request cannot be read (%s); send a line like GET /name HTTP/1.1, with %%25 for a percent sign, then its fields"
	notSpoken  = "%q is not spoken here; use HTTP/1.1"
	noHost     = "the request has no Host; HTTP/1.1 requires one (RFC 9112, section 3.2)"
	notOurName = "this server does not go by the name %q; start it with -allow-host to add a name"
)

// parse has the standard library read the request.
func (h *http11) parse(header []byte, request []string) (name string, err error) {
	bad := refusal{status: nethttp.StatusBadRequest, head: len(request) > 0 && request[0] == nethttp.MethodHead}
	h.header.Reset(header)
	h.reader.Reset(&h.header)
	r, err := nethttp.ReadRequest(&h.reader)
	switch {
	case err != nil:
		bad.why = fmt.Sprintf(notHTTP, err.Error())
		return "", bad
	case r.ProtoMajor != 1:
		bad.why = fmt.Sprintf(notSpoken, r.Proto)
		return "", bad
	case r.Host == "" && r.ProtoAtLeast(1, 1):
		bad.why = noHost
		return "", bad
	case r.Method != nethttp.MethodGet:
		bad.why = fmt.Sprintf("%q is not answered here; use GET", r.Method)
		return "", bad
	}
	if allow := h.folder.AllowHost; allow != nil && r.Host != "" && !allow(r.Host) {
		return "", refusal{status: nethttp.StatusMisdirectedRequest, why: fmt.Sprintf(notOurName, r.Host)}
	}
	name = strings.TrimPrefix(r.URL.Path, "/")
	if !fs.ValidPath(name) {
		return "", notFound
	}
	if name, err = filepath.Localize(name); err != nil {
		return "", notFound
	}
	return name, nil
}

func (h *http11) head(b []byte, r reply, now time.Time) []byte {
	contentType, size, body := "text/plain; charset=utf-8", r.size, ""
	if r.file != nil {
		contentType = h.typeOf(r.file)
	} else {
		body = statusLine(r.status) + ": " + r.why + "\n"
		size = int64(len(body))
	}
	b = append(b, "HTTP/1.1 "...)
	b = append(b, statusLine(r.status)...)
	b = append(b, "\r\nDate: "...)
	b = now.UTC().AppendFormat(b, nethttp.TimeFormat)
	b = append(b, "\r\nContent-Type: "...)
	b = append(b, contentType...)
	b = append(b, "\r\nContent-Length: "...)
	b = strconv.AppendInt(b, size, 10)
	b = append(b, "\r\nConnection: close\r\n\r\n"...)
	if r.head {
		return b
	}
	return append(b, body...)
}

// sniffed is how much of a file DetectContentType looks at.
const sniffed = 512

// typeOf is the content type of a file: by its extension, else by its bytes.
func (h *http11) typeOf(file *os.File) string {
	if t := mime.TypeByExtension(path.Ext(filepath.ToSlash(file.Name()))); t != "" {
		return t
	}
	n, err := file.ReadAt(h.start[:], 0)
	if err != nil && err != io.EOF {
		return "application/octet-stream"
	}
	return nethttp.DetectContentType(h.start[:n])
}

// LocalHost returns a check for [Folder.AllowHost] that allows localhost and
// every name in it, loopback addresses, and the names given; a port after the
// host is not looked at. A server on a loopback address needs it: a page from
// elsewhere can have its own name resolved to that address, and then read what
// the server has, since to the browser it is the page's own host.
func LocalHost(names ...string) func(host string) bool {
	allowed := map[string]bool{"localhost": true}
	for _, name := range names {
		allowed[canonicalHost(name)] = true
	}
	return func(host string) bool {
		host = canonicalHost(host)
		ip := net.ParseIP(host)
		return allowed[host] || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
	}
}

// canonicalHost is host in lower case, without port, brackets and final dot.
func canonicalHost(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	return strings.TrimSuffix(strings.ToLower(host), ".")
}
