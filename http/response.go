package http

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	nethttp "net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"sockhttp/sock"
)

// errReplyTooLong is what a handler gets that writes more than MaxReply.
var errReplyTooLong = errors.New("http: the reply is longer than what is held in memory; see RoutineOptions.MaxReply")

// A response is the ResponseWriter of one request. Nothing of it is sent before
// the handler has returned: then all of it is known.
type response struct {
	talker  *talker
	request *nethttp.Request
	header  nethttp.Header

	sent    nethttp.Header // the header as it was at WriteHeader; what changes in it later is not sent
	early   []byte         // replies of status 1xx, which come before
	status  int            // 0 before WriteHeader
	length  int64          // the Content-Length that the handler set, or -1
	written int64          // bytes of body
	body    []byte         // the first of them, and then
	file    *os.File       // some of this file
	fileAt  int64
	left    int64
	failed  *refusal // in place of all that
	ended   bool     // the handler has returned
}

func (w *response) Header() nethttp.Header {
	if w.header == nil {
		w.header = nethttp.Header{}
	}
	return w.header
}

func (w *response) WriteHeader(status int) {
	switch {
	case status < 100 || status > 999:
		panic(fmt.Sprintf("http: %d is no status; one has three digits", status))
	case w.ended || w.status > 0:
		w.talker.logf("http: WriteHeader(%d) after the reply to %s %q was begun does nothing", status, w.request.Method, w.request.RequestURI)
		return
	case status < 200 && status != nethttp.StatusSwitchingProtocols:
		if w.request.ProtoAtLeast(1, 1) {
			w.early = appendHeader(appendStatus(w.early, w.request, status), w.header, []string{"Content-Length", "Transfer-Encoding"})
			w.early = append(w.early, "\r\n"...)
		}
		return
	}
	w.status, w.sent = status, w.header.Clone()
	if value := w.sent.Get("Content-Length"); value != "" {
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil || n < 0 {
			w.talker.logf("http: the Content-Length %q, set for %s %q, is no number and not sent", value, w.request.Method, w.request.RequestURI)
			w.sent.Del("Content-Length")
			return
		}
		w.length = n
	}
}

func (w *response) Write(p []byte) (int, error)       { return write(w, p) }
func (w *response) WriteString(s string) (int, error) { return write(w, s) }

func write[T []byte | string](w *response, p T) (int, error) {
	keep, err := w.room(len(p))
	if err != nil {
		return 0, err
	}
	if keep {
		w.body = append(w.body, p...)
	}
	return len(p), nil
}

// room makes room for n more bytes of body. They need not be kept for HEAD, to
// which none are sent, once the first have told their type.
func (w *response) room(n int) (keep bool, err error) {
	if err := w.begin(int64(n)); err != nil {
		return false, err
	}
	if w.isHead() && len(w.body) >= sniffed {
		return false, nil
	}
	if err := w.absorb(); err != nil {
		return false, err
	}
	if len(w.body)+n > w.talker.MaxReply {
		return false, w.tooLong()
	}
	return true, nil
}

// begin is for n more bytes of body: whether there may be any.
func (w *response) begin(n int64) error {
	switch {
	case w.ended:
		return errors.New("http: written after the handler has returned")
	case w.failed != nil:
		return errReplyTooLong
	}
	if w.status == 0 {
		w.WriteHeader(nethttp.StatusOK)
	}
	switch {
	case n == 0:
		return nil
	case !bodyAllowed(w.status):
		return nethttp.ErrBodyNotAllowed
	case w.length >= 0 && w.written+n > w.length:
		return nethttp.ErrContentLength
	}
	w.written += n
	return nil
}

func (w *response) isHead() bool { return w.request.Method == nethttp.MethodHead }

func (w *response) tooLong() error {
	w.fail("the reply is longer than what is held in memory")
	return errReplyTooLong
}

// fail makes the reply 500.
func (w *response) fail(why string) {
	w.failed = &refusal{status: nethttp.StatusInternalServerError, why: why}
}

// An openFile is an *os.File, or what its WriteTo makes of it to call ReadFrom
// with; package net tells them by the same methods.
type openFile interface {
	fs.File
	io.Seeker
	syscall.Conn
}

// ReadFrom implements [io.ReaderFrom], which io.Copy looks for. Of a file no
// more is read than its beginning; the rest is sent when its turn comes.
func (w *response) ReadFrom(src io.Reader) (n int64, err error) {
	limited, ok := src.(*io.LimitedReader)
	if !ok {
		limited = &io.LimitedReader{R: src, N: 1<<63 - 1}
	}
	file, ok := limited.R.(openFile)
	if !ok {
		return io.Copy(struct{ io.Writer }{w}, src)
	}
	n, err = w.readBeginning(limited)
	if err != nil || limited.N <= 0 {
		return n, err
	}
	m, ok, err := w.readFile(file, limited.N)
	if !ok {
		m, err = io.Copy(struct{ io.Writer }{w}, limited)
	}
	return n + m, err
}

// beginning is how much of a file is read at once. It tells the type, and to
// open a file that is no longer once more would take longer.
const beginning = 16 << 10

// readBeginning reads the first bytes from src into the reply, as far as there
// is room for them; for HEAD, those that tell the type.
func (w *response) readBeginning(src *io.LimitedReader) (int64, error) {
	keep, err := w.room(0)
	if err != nil || !keep {
		return 0, err
	}
	at, most := len(w.body), beginning
	if w.isHead() {
		most = sniffed
	}
	n := int(max(0, min(int64(most), int64(w.talker.MaxReply-at), src.N)))
	w.body = slices.Grow(w.body, n)
	n, err = io.ReadFull(src, w.body[at:at+n])
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = nil
	}
	if begun := w.begin(int64(n)); begun != nil {
		return 0, begun
	}
	w.body = w.body[:at+n]
	return int64(n), err
}

// readFile takes up to n bytes of file from its offset on into the reply. It is
// not ok if file is nothing that can be sent later.
func (w *response) readFile(file openFile, n int64) (taken int64, ok bool, err error) {
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return 0, false, nil
	}
	at, err := file.Seek(0, io.SeekCurrent)
	if err != nil {
		return 0, false, nil
	}
	if n = min(n, info.Size()-at); n <= 0 {
		return 0, false, nil // it is at its end, or has bytes that its size does not count, as files of /proc
	}
	if err := w.absorb(); err != nil {
		return 0, true, err
	}
	if err := w.begin(n); err != nil {
		return 0, true, err
	}
	if w.file, err = duplicate(file, info.Name()); err != nil {
		w.failed = &tooManyFiles
		return 0, true, err
	}
	w.fileAt, w.left = at, n
	_, err = file.Seek(n, io.SeekCurrent)
	return n, true, err
}

// absorb reads the file that the reply has so far into memory, for something is
// to come after it.
func (w *response) absorb() error {
	if w.file == nil {
		return nil
	}
	defer w.closeFile()
	if w.left > int64(w.talker.MaxReply-len(w.body)) {
		return w.tooLong()
	}
	had := len(w.body)
	w.body = slices.Grow(w.body, int(w.left))[:had+int(w.left)]
	if _, err := w.file.ReadAt(w.body[had:], w.fileAt); err != nil {
		w.fail("a file could not be read")
		return err
	}
	return nil
}

func (w *response) closeFile() {
	if w.file != nil {
		w.file.Close()
		w.file, w.left = nil, 0
	}
}

// duplicate opens the file that file has open once more, so that it can be sent
// after file was closed.
func duplicate(file syscall.Conn, name string) (again *os.File, err error) {
	raw, err := file.SyscallConn()
	if err != nil {
		return nil, err
	}
	var dupErr error
	err = raw.Control(func(fd uintptr) {
		if fd, dupErr = dup(fd); dupErr == nil {
			again = os.NewFile(fd, name)
		}
	})
	return again, errors.Join(err, dupErr)
}

// end is when the handler has returned.
func (w *response) end() {
	if w.status == 0 {
		w.WriteHeader(nethttp.StatusOK)
	}
	w.ended = true
	for name := range w.header {
		if name == "Trailer" || strings.HasPrefix(name, nethttp.TrailerPrefix) {
			w.talker.logf("http: the handler of %s %q set trailers, which are not sent here", w.request.Method, w.request.RequestURI)
			w.fail("the reply has trailers, which are not sent here")
		}
	}
}

// send queues the reply, and reports whether another may follow.
func (w *response) send(client *sock.Unit) (keep bool) {
	t := w.talker
	client.Write(w.early)
	if w.failed != nil {
		w.closeFile()
		t.bail(client, *w.failed, w.isHead())
		return false
	}
	keep = w.head(client)
	client.Note(statusLine(w.status))
	client.Write(t.scratch)
	if w.isHead() {
		w.closeFile()
		return keep
	}
	client.Write(w.body)
	if w.file != nil {
		client.SendFile(w.file, w.fileAt, w.left)
	}
	return keep
}

// head puts the head of the reply into the talker's scratch. It adds to and
// takes from the handler's header what net/http does, and reports whether the
// connection is kept.
func (w *response) head(client *sock.Unit) (keep bool) {
	r, header := w.request, w.sent
	without := make([]string, 0, 4)
	var contentLength, contentType, connection string

	isHead, allowed := w.isHead(), bodyAllowed(w.status)
	encoding := header.Get("Transfer-Encoding")
	if allowed && !has(header, "Content-Length") && (!isHead || w.written > 0) {
		w.length = w.written
		contentLength = strconv.FormatInt(w.written, 10)
	}
	if allowed {
		if !has(header, "Content-Type") && header.Get("Content-Encoding") == "" && encoding == "" && len(w.body) > 0 {
			contentType = nethttp.DetectContentType(w.body)
		}
	} else {
		without = append(without, "Content-Length")
		if w.status == nethttp.StatusNotModified {
			without = append(without, "Content-Type")
		}
	}
	without = append(without, "Transfer-Encoding") // nothing is sent in another form than it has here

	keep = true
	if r.ProtoMajor == 1 && r.ProtoMinor == 0 && hasToken(r.Header["Connection"], "keep-alive") && (isHead || w.length >= 0 || !allowed) {
		if !has(header, "Connection") {
			connection = "keep-alive"
		}
	} else if !r.ProtoAtLeast(1, 1) || r.Close || hasToken(r.Header["Connection"], "close") {
		keep = false
	}
	switch {
	case header.Get("Connection") == "close", w.status == nethttp.StatusSwitchingProtocols:
		keep = false
	case allowed && !isHead && w.length != w.written:
		keep = false // the handler wrote less than it said
	}
	if !keep && !hasToken(header["Connection"], "close") && w.status != nethttp.StatusSwitchingProtocols {
		without = append(without, "Connection")
		connection = ""
		if r.ProtoAtLeast(1, 1) {
			connection = "close"
		}
	}

	b := appendStatus(w.talker.scratch[:0], r, w.status)
	b = appendHeader(b, header, without)
	if !has(header, "Date") {
		b = append(b, "Date: "...)
		b = client.Now().UTC().AppendFormat(b, nethttp.TimeFormat)
		b = append(b, "\r\n"...)
	}
	for _, field := range [...]struct{ name, value string }{{"Content-Length", contentLength}, {"Content-Type", contentType}, {"Connection", connection}} {
		if field.value != "" {
			b = appendField(b, field.name, field.value)
		}
	}
	w.talker.scratch = append(b, "\r\n"...)
	return keep
}

func has(header nethttp.Header, name string) bool {
	_, ok := header[name]
	return ok
}

// bodyAllowed reports whether a reply of a status may have a body (RFC 9110,
// section 6.4.1).
func bodyAllowed(status int) bool {
	return status >= 200 && status != nethttp.StatusNoContent && status != nethttp.StatusNotModified
}

// appendStatus appends the first line of a reply, in the version of its request.
func appendStatus(b []byte, r *nethttp.Request, status int) []byte {
	version := "HTTP/1.1 "
	if !r.ProtoAtLeast(1, 1) {
		version = "HTTP/1.0 "
	}
	b = append(b, version...)
	b = append(b, statusLine(status)...)
	return append(b, "\r\n"...)
}

// appendHeader appends the lines of header, in the order of their names, but
// for some names.
func appendHeader(b []byte, header nethttp.Header, without []string) []byte {
	names := make([]string, 0, 16)
	for name := range header {
		if !slices.Contains(without, name) && isToken(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		for _, value := range header[name] {
			b = appendField(b, name, value)
		}
	}
	return b
}

// appendField appends a line, with spaces in place of line ends in its value.
func appendField(b []byte, name, value string) []byte {
	b = append(b, name...)
	b = append(b, ": "...)
	value = strings.TrimSpace(value)
	for i := range len(value) {
		c := value[i]
		if c == '\r' || c == '\n' {
			c = ' '
		}
		b = append(b, c)
	}
	return append(b, "\r\n"...)
}
