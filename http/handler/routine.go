// Package handler runs any handler of net/http on a server of package sock,
// from timer callbacks on one goroutine. [FileServer] is such a handler.
package handler

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"log"
	nethttp "net/http"
	"os"
	"runtime/debug"
	"time"

	"sockhttp/http"
	"sockhttp/sock"
)

// Options are what [Routine] can be told. Zero values stand for the defaults.
type Options struct {
	MaxBody   int           // bytes of a request's body; 1 MiB unless set, 413 beyond
	MaxBodies int           // bytes of all requests that are coming and have bodies; 64 MiB or 4 × MaxBody unless set, 503 beyond
	MaxReply  int           // bytes of a reply that are not a file's; 4 MiB unless set, 500 beyond
	Timeout   time.Duration // for all of a request from its first byte on; 10 s unless set, 408 beyond
	Idle      time.Duration // from a reply to the next request, after which the connection is closed; 60 s unless set

	// Print and AllowHost are as in [http.RequestReader].
	Print     func(words []string)
	AllowHost func(host string) bool

	Log *log.Logger // of panics; nil: the standard logger
}

// Routine returns a routine that has h answer requests.
//
// A request is read whole, its body too, before h is called. h is called on the
// goroutine of the queue, so handlers of one Routine never run at the same time.
// Its reply is sent in steps after h has returned. Until then nothing else
// happens: no other client is polled and no timer called, as in IDL. So a handler
// should not wait, not even for a slow disk. If one takes longer than 0.1 s, the
// server's log names the unit, and in a trace its time shows as a gap after
// Dispatched.
//
// Since nothing can be sent while h runs, what it writes is held in memory, up
// to MaxReply; a reply that is longer becomes 500. Files are not held: what
// io.Copy, and so [nethttp.ServeContent], reads from an *os.File is sent from
// the file, a buffer at a time, after h has returned and closed it. (Several
// ranges in one request are made into a multipart body, which is held.)
//
// For h everything is as with a net/http.Server (RFC 9110, RFC 9112), except:
//
//   - Bodies are complete: reading one never waits and never fails. A body that
//     is too long is refused (413), as is one that ends early (400), does not
//     come in time (408), or has no room beside those of others (503). A client
//     that sends Expect: 100-continue is told to go on before h is called, and
//     not by the first read of the body.
//   - Replies have a Content-Length, never chunks; trailers become 500. A reply
//     that is shorter than the Content-Length that h set says Connection: close,
//     and what is more than that is left out without closing. A panic is 500
//     even if h had written something, none of which was sent.
//   - Replies of status 1xx are not sent to HTTP/1.0 clients (RFC 9110, section
//     15.2). Any version but 1 is 505, the preface of HTTP/2 too.
//   - While every place is taken and each client has a request or a reply under
//     way, each reply is the last of its connection: see [sock.Unit.MustShare].
//   - The ResponseWriter is no Flusher and no Hijacker;
//     [nethttp.ResponseController] says ErrNotSupported of everything.
//   - The context ends when h returns, or before h is called if the client has
//     gone by then. It has no values: there is no net/http.Server, and only one
//     local address.
//   - What two servers in a row could read in two ways is refused with 400:
//     Content-Length or Transfer-Encoding more than once, both, or the latter
//     in HTTP/1.0 (RFC 9112, sections 6.1 and 6.3); a field that goes on in the
//     next line (section 5.2); a Host with a port that is no number.
//   - A header has at most [http.MaxHeader] bytes (431), and so have the trailers
//     and the chunk extensions of a body together; empty lines before any request
//     are skipped (RFC 9112, section 2.2).
//   - What is refused before h is called is answered with a line that says what
//     is wrong, with a Date and a Content-Length.
func Routine(h nethttp.Handler, options *Options) sock.Routine {
	return newAdapter(h, options).serve
}

func newAdapter(h nethttp.Handler, options *Options) *adapter {
	a := &adapter{handler: h}
	if options != nil {
		a.Options = *options
	}
	a.MaxBody = cmp.Or(a.MaxBody, 1<<20)
	a.MaxBodies = cmp.Or(a.MaxBodies, max(64<<20, 4*a.MaxBody))
	a.MaxReply = cmp.Or(a.MaxReply, 4<<20)
	a.Timeout = cmp.Or(a.Timeout, 10*time.Second)
	a.Idle = cmp.Or(a.Idle, time.Minute)
	a.Log = cmp.Or(a.Log, log.Default())
	_, isFiles := h.(fileServer)
	if isFiles {
		a.replies = newReplies()
	}
	a.requests = requestReader{
		RequestReader: http.RequestReader{Print: a.Print, AllowHost: a.AllowHost},
		maxBody:       a.MaxBody,
		bodies:        bodies{max: a.MaxBodies, of: map[*sock.Unit]int{}},
		headsOnly:     isFiles,
	}
	return a
}

// An adapter is one Routine.
type adapter struct {
	Options
	handler  nethttp.Handler
	requests requestReader
	listings listings // of a FileServer
	replies  *replies // of a FileServer; nil else

	// For each reply anew:
	head bytes.Buffer
	body []byte
}

// keptBuffer is the largest body that is kept for the next reply, in bytes.
const keptBuffer = 64 << 10

// A connState is what is known of one client from one call to the next.
type connState struct {
	remote string // its address, once a handler was to know it
	served bool   // it has had a reply

	// Of the request that is coming:
	timed bool // its time limit is set
	incoming
	listing *sharedListing // that answers it
}

// serve is the routine: it reads a request and has it answered.
func (a *adapter) serve(client *sock.Unit) {
	c, ok := client.Value.(*connState)
	if !ok {
		c = &connState{}
		client.Value = c
	}
	if a.replies != nil && c.request == nil && a.repeat(client) {
		*c = connState{remote: c.remote, served: true}
		return
	}
	r, length, err := a.requests.read(client, &c.incoming)
	if r != nil || err != nil {
		a.requests.bodies.release(client)
	}
	switch {
	case err != nil && c.served && len(client.Input()) == 0:
		client.Free() // it was idle for too long, or has gone, and has asked for nothing
	case err != nil:
		http.Refuse(client, err)
	case r != nil:
		h, ok := a.prepare(client, c, r)
		switch {
		case !ok && client.Err() != nil && client.Err() != io.EOF:
			client.Free() // the client has gone
			return
		case !ok:
			client.CallAgain()
			return
		}
		if c.remote == "" {
			c.remote = client.RemoteAddr().String()
		}
		r.RemoteAddr = c.remote
		*c = connState{remote: c.remote, served: true}
		a.answer(client, h, r, length)
	case !c.timed && len(client.Input()) > 0:
		c.timed = true
		client.LimitInput(a.Timeout)
	}
}

// prepare returns what is to answer r: the handler or, if that is a FileServer
// asked for it, a listing. It is not ok until the listing is made.
func (a *adapter) prepare(client *sock.Unit, c *connState, r *nethttp.Request) (h nethttp.Handler, ok bool) {
	files, ok := a.handler.(fileServer)
	if !ok {
		return a.handler, true
	}
	if c.listing == nil {
		if c.listing, ok = a.listings.find(files, r, client); c.listing == nil {
			return a.handler, ok
		}
		a.listings.wait(c.listing, client)
	}
	if !a.listings.advance(c.listing, client) {
		return nil, false
	}
	a.listings.leave(c.listing, client)
	return c.listing, true
}

// answer has h answer r, the first length bytes of the client's input.
func (a *adapter) answer(client *sock.Unit, h nethttp.Handler, r *nethttp.Request, length int) {
	w := &response{request: r, isLast: client.MustShare(), maxReply: a.MaxReply, log: a.Log, length: -1, body: a.body[:0]}
	if aborted := a.call(client, h, w, r); aborted {
		w.file.close()
		client.Free()
		return
	}
	header := client.Input()[:length]
	again := a.replies != nil && len(w.sources) > 0 && !w.isLast && a.replies.isWorthKeeping(header) && (w.loadIfSmall(maxKeptBody) || w.file.size > 0)
	keep := w.send(client, &a.head)
	if again && w.failed == nil && w.isWhole() {
		a.replies.keep(header, w, a.head.Bytes(), keep, client.Now())
	}
	if a.body = w.body; cap(a.body) > keptBuffer {
		a.body = nil
	}
	a.answered(client, length, keep)
}

// answered is called when the reply to a request of length bytes is queued.
func (a *adapter) answered(client *sock.Unit, length int, keepAlive bool) {
	client.Discard(length)
	if !keepAlive {
		client.Free()
		return
	}
	client.LimitInput(a.Idle)
}

// call calls h, and reports whether that wants its client dropped.
func (a *adapter) call(client *sock.Unit, h nethttp.Handler, w *response, r *nethttp.Request) (aborted bool) {
	ctx, cancel := context.WithCancel(context.Background())
	if err := client.Err(); err != nil && err != io.EOF && !errors.Is(err, os.ErrDeadlineExceeded) {
		cancel() // it has gone
	}
	r = r.WithContext(ctx)
	sent, _ := r.Body.(*body) // the handler may put another in its place
	defer func() {
		v := recover()
		cancel()
		w.end()
		if sent != nil {
			sent.Close()
		}
		switch {
		case v == nethttp.ErrAbortHandler:
			aborted = true
		case v != nil:
			a.Log.Printf("http: the handler panicked on %s %q of %s: %v\n%s", r.Method, r.RequestURI, r.RemoteAddr, v, debug.Stack())
			w.fail("the handler panicked; the server's log tells where")
		}
	}()
	if r.Method == nethttp.MethodOptions && r.RequestURI == "*" {
		w.Header().Set("Content-Length", "0") // RFC 9110, section 9.3.7
		return false
	}
	h.ServeHTTP(w, r)
	return false
}
