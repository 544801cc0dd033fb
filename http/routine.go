package http

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	nethttp "net/http"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"sockhttp/sock"
)

// RoutineOptions are what [Routine] can be told. Zero values stand for the
// defaults.
type RoutineOptions struct {
	MaxBody  int           // bytes of a request's body; 1 MiB unless set, 413 beyond
	MaxReply int           // bytes of a reply that are not a file's; 4 MiB unless set, 500 beyond
	Timeout  time.Duration // for all of a request from its first byte on; 10 s unless set, 408 beyond
	Idle     time.Duration // from a reply to the next request, after which the connection is closed; 60 s unless set
	Slow     time.Duration // what a handler may take before the log says so; 0.1 s unless set

	// Print and AllowHost are as in [Folder].
	Print     func(request []string)
	AllowHost func(host string) bool

	Log *log.Logger // of panics and slow handlers; nil: the standard logger
}

// Routine returns a routine that has h answer requests: any handler of
// net/http, on a server that is polled from timer callbacks.
//
// A request is read whole, its body too, before h is called; h is called on the
// goroutine of the queue, so that handlers of one Routine never run at the same
// time; and its reply is sent in steps after it has returned. Until it returns
// nothing else happens: no other client is polled, no timer called, as in IDL.
// So a handler should not wait; one that took longer than Slow is named in the
// log, and in a trace the time shows as a gap after Dispatched.
//
// Since nothing can be sent while h runs, what it writes is held in memory, up
// to MaxReply; a reply that is longer becomes 500. Files are not held: what
// io.Copy, and so [nethttp.ServeContent], reads from an *os.File is sent from
// the file, a buffer at a time, after h has returned and closed it. (Several
// ranges in one request are not copied from the file but made into a multipart
// body, and are held.)
//
// To h all is as with a net/http.Server (RFC 9110, RFC 9112), save this:
//
//   - Bodies are complete: reading one never waits and never fails. One that is
//     too long is refused (413), as is one that ends early (400) or does not
//     come in time (408). A client that sends Expect: 100-continue is told to go
//     on before h is called, and not by its first read.
//   - Replies have a Content-Length, never chunks; trailers become 500. One that
//     is shorter than the Content-Length that h set says Connection: close, and
//     what is more than that is left out without closing. A panic is 500 even
//     if h had written something, none of which was sent.
//   - Replies of status 1xx are not sent to HTTP/1.0 clients (RFC 9110, section
//     15.2). Any version but 1 is 505, the preface of HTTP/2 too.
//   - The ResponseWriter is no Flusher and no Hijacker;
//     [nethttp.ResponseController] says ErrNotSupported of everything.
//   - The context ends when h returns, or is at an end before if the client has
//     gone by then. It has no values, for there is no net/http.Server and one
//     local address.
//   - Framing that two readers could take differently is refused with 400:
//     Content-Length or Transfer-Encoding more than once, both, or the latter
//     in HTTP/1.0 (RFC 9112, sections 6.1 and 6.3).
//   - A header is at most [MaxHeader] bytes (431); empty lines before any
//     request are skipped (RFC 9112, section 2.2).
//   - What is refused before h is called is answered with a line that says what
//     is wrong, with a Date and a Content-Length.
func Routine(h nethttp.Handler, options *RoutineOptions) sock.Routine {
	t := &talker{handler: h}
	if options != nil {
		t.RoutineOptions = *options
	}
	t.MaxBody = cmp.Or(t.MaxBody, 1<<20)
	t.MaxReply = cmp.Or(t.MaxReply, 4<<20)
	t.Timeout = cmp.Or(t.Timeout, 10*time.Second)
	t.Idle = cmp.Or(t.Idle, time.Minute)
	t.Slow = cmp.Or(t.Slow, 100*time.Millisecond)
	return t.talk
}

// A talker holds the conversations of one Routine.
type talker struct {
	RoutineOptions
	handler nethttp.Handler

	// Used for each request anew.
	source  bytes.Reader
	reader  bufio.Reader
	scratch []byte // for heads
	body    []byte // for bodies
}

// keptBuffer is the largest buffer that is kept for the next reply.
const keptBuffer = 64 << 10

// A conversation is what is known of one client.
type conversation struct {
	remote string
	served bool // it has had a reply

	// Of the request that is coming:
	timed     bool // its time limit is set
	continued bool // its client was told to go on
	request   *nethttp.Request
	header    int       // the length of its header
	chunks    chunkScan // in a chunked body, how far its end was looked for
}

// talk is the routine: read a request, have it answered, and again.
func (t *talker) talk(client *sock.Unit) {
	c, ok := client.Value.(*conversation)
	if !ok {
		c = &conversation{remote: client.RemoteAddr().String()}
		client.Value = c
	}
	r, length, err := t.read(client, c)
	switch {
	case err != nil:
		t.bail(client, err, bytes.HasPrefix(client.Input(), []byte("HEAD ")))
	case r != nil:
		*c = conversation{remote: c.remote, served: true}
		t.answer(client, r, length)
	case !c.timed && len(client.Input()) > 0:
		c.timed = true
		client.LimitInput(t.Timeout)
	}
}

// bail answers with a refusal and frees the unit. Without anyone to answer to,
// it only frees it. A refusal of HEAD has no body.
func (t *talker) bail(client *sock.Unit, err error, head bool) {
	var r refusal
	if errors.As(err, &r) {
		r.head = head
		client.Note(statusLine(r.status))
		t.scratch = (&http11{}).head(t.scratch[:0], reply(r), client.Now())
		client.Write(t.scratch)
	}
	client.Free()
}

// read returns the request that the client's input begins with, and its
// length; nil while that has not come. Errors that are not refusals mean that
// there is nobody to refuse.
func (t *talker) read(client *sock.Unit, c *conversation) (r *nethttp.Request, length int, err error) {
	if c.request == nil {
		if n := emptyLines(client.Input()); n > 0 {
			client.Discard(n)
		}
		if len(client.Input()) == 0 && c.served && client.Err() != nil {
			return nil, 0, client.Err() // idle for too long, or gone: no request is at stake
		}
		header, err := readHeader(client)
		if header == nil {
			return nil, 0, err
		}
		if r, err = t.parse(header); err != nil {
			return nil, 0, err
		}
		r.RemoteAddr = c.remote
		c.request, c.header = r, len(header)
	}

	input := client.Input()
	r, length = c.request, c.header
	if r.ContentLength >= 0 {
		length += int(r.ContentLength)
	} else {
		n, err := c.chunks.scan(input[c.header:], t.MaxBody)
		if err != nil {
			return nil, 0, err
		}
		length += n
	}
	if length > len(input) || r.ContentLength < 0 && length == c.header {
		return nil, 0, t.wait(client, c)
	}
	switch {
	case r.ContentLength < 0:
		err = t.unchunk(r, input[:length])
	case r.ContentLength > 0:
		r.Body = &body{rest: input[c.header:length]}
	}
	return r, length, err
}

// wait is for a body of which some has not come.
func (t *talker) wait(client *sock.Unit, c *conversation) error {
	switch {
	case errors.Is(client.Err(), os.ErrDeadlineExceeded):
		return refusal{status: nethttp.StatusRequestTimeout, why: "the body did not come in time; send it at once"}
	case client.Err() == io.EOF:
		return refusal{status: nethttp.StatusBadRequest, why: "the body ended early; send as much as was announced"}
	case client.Err() != nil:
		return client.Err()
	}
	if !c.continued && c.request.ProtoAtLeast(1, 1) && hasToken(c.request.Header["Expect"], "100-continue") {
		c.continued = true
		if len(client.Input()) == c.header { // else it did not wait to be told
			io.WriteString(client, "HTTP/1.1 100 Continue\r\n\r\n")
		}
	}
	return nil
}

// parse has the standard library read a header, and then refuses what a server
// must.
func (t *talker) parse(header []byte) (*nethttp.Request, error) {
	if t.Print != nil {
		t.Print(splitRequest(header))
	}
	f := framingOf(header)
	bad := func(status int, format string, args ...any) error {
		return refusal{status: status, why: fmt.Sprintf(format, args...)}
	}
	if f.encodings == 1 && !strings.EqualFold(f.encoding, "chunked") {
		return nil, bad(nethttp.StatusNotImplemented, "the transfer coding %q is not known here; use chunked, or a Content-Length", f.encoding)
	}
	t.source.Reset(header)
	t.reader.Reset(&t.source)
	r, err := nethttp.ReadRequest(&t.reader)
	switch {
	case err != nil:
		return nil, bad(nethttp.StatusBadRequest, notHTTP, err.Error())
	case r.ProtoMajor != 1:
		return nil, bad(nethttp.StatusHTTPVersionNotSupported, notSpoken, r.Proto)
	case f.lengths+f.encodings > 1 || f.encodings > 0 && !r.ProtoAtLeast(1, 1):
		return nil, bad(nethttp.StatusBadRequest, "the length of the body is given more than once, or by chunks in HTTP/1.0; send one Content-Length or one Transfer-Encoding (RFC 9112, section 6.3)")
	case f.hosts == 0 && r.ProtoAtLeast(1, 1) && r.Method != nethttp.MethodConnect:
		return nil, bad(nethttp.StatusBadRequest, noHost)
	case !validHost(f.host):
		return nil, bad(nethttp.StatusBadRequest, "%q is no Host; send a name or an address, and a port if you like", f.host)
	case !validFields(r.Header):
		return nil, bad(nethttp.StatusBadRequest, "the fields have a name or a value with characters that are not allowed (RFC 9110, section 5)")
	case t.AllowHost != nil && r.Host != "" && !t.AllowHost(r.Host):
		return nil, bad(nethttp.StatusMisdirectedRequest, notOurName, r.Host)
	case r.Header.Get("Expect") != "" && !hasToken(r.Header["Expect"], "100-continue"):
		return nil, bad(nethttp.StatusExpectationFailed, "%q cannot be expected here; 100-continue can", r.Header.Get("Expect"))
	case r.ContentLength > int64(t.MaxBody):
		return nil, bodyTooLarge(t.MaxBody)
	}
	return r, nil
}

func bodyTooLarge(limit int) error {
	return refusal{status: nethttp.StatusRequestEntityTooLarge, why: fmt.Sprintf("the body is longer than %d bytes; send less", limit)}
}

// unchunk gives r the body of the chunked request that message is, as the
// standard library reads it.
func (t *talker) unchunk(r *nethttp.Request, message []byte) error {
	t.source.Reset(message)
	t.reader.Reset(&t.source)
	again, err := nethttp.ReadRequest(&t.reader)
	var data []byte
	if err == nil {
		data, err = io.ReadAll(again.Body)
	}
	if err == nil && t.source.Len()+t.reader.Buffered() > 0 {
		err = errors.New("bytes after the last chunk")
	}
	if err != nil {
		return refusal{status: nethttp.StatusBadRequest, why: fmt.Sprintf("the chunks of the body are malformed (%v); see RFC 9112, section 7.1", err)}
	}
	r.Trailer = again.Trailer
	r.Body = &body{rest: data}
	return nil
}

// answer has the handler answer a request, which is so many bytes of the input.
func (t *talker) answer(client *sock.Unit, r *nethttp.Request, length int) {
	w := &response{talker: t, request: r, length: -1, body: t.body[:0]}
	if aborted := t.call(client, w, r); aborted {
		w.closeFile()
		client.Free()
		return
	}
	client.Discard(length)
	keep := w.send(client)
	if t.body = w.body; cap(t.body) > keptBuffer {
		t.body = nil
	}
	if !keep {
		client.Free()
		return
	}
	client.LimitInput(t.Idle)
}

// call calls the handler, and reports whether it wants its client dropped.
func (t *talker) call(client *sock.Unit, w *response, r *nethttp.Request) (aborted bool) {
	ctx, cancel := context.WithCancel(context.Background())
	if err := client.Err(); err != nil && err != io.EOF && !errors.Is(err, os.ErrDeadlineExceeded) {
		cancel() // it has gone
	}
	r = r.WithContext(ctx)
	sent, _ := r.Body.(*body) // the handler may put another in its place
	began := client.Now()
	defer func() {
		v := recover()
		cancel()
		w.end()
		if sent != nil {
			sent.Close()
		}
		if took := client.Now().Sub(began); took > t.Slow {
			t.logf("http: %s %q of %s held up every client for %v", r.Method, r.RequestURI, r.RemoteAddr, took.Round(time.Millisecond))
		}
		switch {
		case v == nethttp.ErrAbortHandler:
			aborted = true
		case v != nil:
			t.logf("http: the handler panicked on %s %q of %s: %v\n%s", r.Method, r.RequestURI, r.RemoteAddr, v, debug.Stack())
			w.fail("the handler panicked; the server's log tells where")
		}
	}()
	if r.Method == nethttp.MethodOptions && r.RequestURI == "*" {
		w.Header().Set("Content-Length", "0") // RFC 9110, section 9.3.7
		return false
	}
	t.handler.ServeHTTP(w, r)
	return false
}

func (t *talker) logf(format string, args ...any) {
	if t.Log != nil {
		t.Log.Printf(format, args...)
		return
	}
	log.Printf(format, args...)
}

// A body is a request's, all of which has come. Other goroutines may read it,
// until the handler returns.
type body struct {
	mu     sync.Mutex
	rest   []byte
	closed bool
}

func (b *body) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.closed:
		return 0, nethttp.ErrBodyReadAfterClose
	case len(b.rest) == 0:
		return 0, io.EOF
	}
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	return n, nil
}

func (b *body) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed, b.rest = true, nil
	return nil
}
