package handler

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log"
	nethttp "net/http"
	"slices"
	"strconv"
	"strings"

	"sockhttp/http"
)

// errReplyTooLong is what a handler gets that writes more than MaxReply.
var errReplyTooLong = errors.New("http: the reply is longer than what is held in memory; see MaxReply of handler.Options")

// A response is the ResponseWriter of one request. Nothing of it is sent before
// the handler has returned: by then all of it is known.
type response struct {
	request  *nethttp.Request
	isLast   bool // of its connection
	maxReply int  // bytes that are held in memory
	log      *log.Logger
	header   nethttp.Header

	sent    nethttp.Header    // the header as it was at WriteHeader; what changes in it later is not sent
	early   bytes.Buffer      // replies of status 1xx, which come before
	status  int               // 0 before WriteHeader
	length  int64             // the Content-Length that the handler set, or -1
	written int64             // bytes of body so far
	body    []byte            // the first of them,
	file    filePart          // and the others, of a file
	shared  [][]byte          // or that are sent to others, too
	sources []source          // that a reply was made from which may be kept; none if this may not
	failed  *http.StatusError // in place of all that
	detail  string            // that the log adds to the status
	ended   bool              // the handler has returned
}

func (w *response) Header() nethttp.Header {
	if w.header == nil {
		w.header = nethttp.Header{}
	}
	return w.header
}

// noBodyFields are not sent with status 1xx (RFC 9110, section 8.6).
var noBodyFields = map[string]bool{"Content-Length": true, "Transfer-Encoding": true}

func (w *response) WriteHeader(status int) {
	switch {
	case status < 100 || status > 999:
		panic(fmt.Sprintf("http: %d is no status; one has three digits", status))
	case w.ended || w.status > 0:
		w.log.Printf("http: WriteHeader(%d) after the reply to %s %q was begun does nothing", status, w.request.Method, w.request.RequestURI)
		return
	case status < 200 && status != nethttp.StatusSwitchingProtocols:
		if w.request.ProtoAtLeast(1, 1) {
			w.early.WriteString("HTTP/1.1 " + statusText(status) + "\r\n")
			w.header.WriteSubset(&w.early, noBodyFields)
			w.early.WriteString("\r\n")
		}
		return
	}
	w.status, w.sent = status, w.header.Clone()
	if value := w.sent.Get("Content-Length"); value != "" {
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil || n < 0 {
			w.log.Printf("http: the Content-Length %q, set for %s %q, is no number and not sent", value, w.request.Method, w.request.RequestURI)
			w.sent.Del("Content-Length")
			return
		}
		w.length = n
	}
}

func (w *response) Write(p []byte) (int, error)       { return write(w, p) }
func (w *response) WriteString(s string) (int, error) { return write(w, s) }

func write[T []byte | string](w *response, p T) (int, error) {
	keep, err := w.reserve(len(p))
	if err != nil {
		return 0, err
	}
	if keep {
		w.body = append(w.body, p...)
	}
	return len(p), nil
}

// ReadFrom implements [io.ReaderFrom], which io.Copy looks for. It reads a file
// only as far as the file's type shows; the rest is sent when its turn comes.
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
	m, ok, err := w.attachFile(file, limited.N)
	if !ok {
		m, err = io.Copy(struct{ io.Writer }{w}, limited)
	}
	return n + m, err
}

// beginning is how many bytes of a file are read at once. They show its type.
// Most files are no longer, and to read them whole is quicker than to open them
// once more.
const beginning = 16 << 10

// readBeginning reads the first bytes of src into the reply, as far as there is
// room for them; for HEAD, those that show the type.
func (w *response) readBeginning(src *io.LimitedReader) (int64, error) {
	keep, err := w.reserve(0)
	if err != nil || !keep {
		return 0, err
	}
	at, most := len(w.body), beginning
	if w.isHead() {
		most = sniffed
	}
	n := int(max(0, min(int64(most), int64(w.maxReply-at), src.N)))
	w.body = slices.Grow(w.body, n)
	n, err = io.ReadFull(src, w.body[at:at+n])
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = nil
	}
	if err := w.account(int64(n)); err != nil {
		return 0, err
	}
	w.body = w.body[:at+n]
	return int64(n), err
}

// writeShared has the reply end in pieces that are not copied and must not change.
// They are not bound by maxReply, for they are held but once.
func (w *response) writeShared(pieces [][]byte) {
	for _, p := range pieces {
		if w.account(int64(len(p))) == nil {
			w.shared = append(w.shared, p)
		}
	}
}

// attachFile has the reply go on with up to n bytes of file, from its offset on.
// It is not ok if file cannot be sent later.
func (w *response) attachFile(file openFile, n int64) (taken int64, ok bool, err error) {
	part, name, ok := partOf(file, n)
	if !ok {
		return 0, false, nil
	}
	if err := w.loadFile(); err != nil {
		return 0, true, err
	}
	if err := w.account(part.size); err != nil {
		return 0, true, err
	}
	if part.file, err = duplicate(file, name); err != nil {
		w.failed = &http.StatusError{Status: nethttp.StatusServiceUnavailable, Detail: "too many files are open; try again later"}
		return 0, true, err
	}
	w.file = part
	_, err = file.Seek(part.size, io.SeekCurrent)
	return part.size, true, err
}

// reserve makes room in memory for n more bytes of body, and counts them.
// A reply to HEAD, of which no body is sent, need not keep them once the first
// have shown its type.
func (w *response) reserve(n int) (keep bool, err error) {
	if err := w.account(int64(n)); err != nil {
		return false, err
	}
	if w.isHead() && len(w.body) >= sniffed {
		return false, nil
	}
	if err := w.loadFile(); err != nil {
		return false, err
	}
	if len(w.body)+n > w.maxReply {
		return false, w.tooLong()
	}
	return true, nil
}

// account counts n more bytes of body, unless the reply may not have them.
func (w *response) account(n int64) error {
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

// loadFile reads the file that the body ends in into memory, for something is
// to come after it.
func (w *response) loadFile() (err error) {
	if w.file.size > int64(w.maxReply-len(w.body)) {
		w.file.close()
		return w.tooLong()
	}
	if w.body, err = w.file.appendTo(w.body); err != nil {
		w.fail("a file could not be read")
	}
	return err
}

// loadIfSmall is loadFile if the body then has at most n bytes, and maxReply. It
// reports whether all of the body is in memory now.
func (w *response) loadIfSmall(n int) bool {
	return int64(len(w.body))+w.file.size <= int64(min(n, w.maxReply)) && w.loadFile() == nil
}

func (w *response) isHead() bool { return w.request.Method == nethttp.MethodHead }

func (w *response) tooLong() error {
	w.fail("the reply is longer than what is held in memory")
	return errReplyTooLong
}

// fail makes the reply 500.
func (w *response) fail(detail string) {
	w.failed = &http.StatusError{Status: nethttp.StatusInternalServerError, Detail: detail}
}

// end is called when the handler has returned.
func (w *response) end() {
	if w.status == 0 {
		w.WriteHeader(nethttp.StatusOK)
	}
	w.ended = true
	for name := range w.header {
		if name == "Trailer" || strings.HasPrefix(name, nethttp.TrailerPrefix) {
			w.log.Printf("http: the handler of %s %q set trailers, which are not sent here", w.request.Method, w.request.RequestURI)
			w.fail("the reply has trailers, which are not sent here")
		}
	}
}

// statusText is a status code with its reason phrase, as in "404 Not Found". Codes
// without one have the words of net/http's server.
func statusText(code int) string {
	reason := nethttp.StatusText(code)
	if reason == "" {
		reason = "status code " + strconv.Itoa(code)
	}
	return strconv.Itoa(code) + " " + reason
}

// bodyAllowed reports whether a reply of a status may have a body (RFC 9110,
// section 6.4.1).
func bodyAllowed(status int) bool {
	return status >= 200 && status != nethttp.StatusNoContent && status != nethttp.StatusNotModified
}

// sniffed is how many bytes of a body DetectContentType looks at.
const sniffed = 512
