package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	nethttp "net/http"
	"strconv"
	"time"

	"sockhttp/cmd/command"
	"sockhttp/http"
	"sockhttp/sock"
	"sockhttp/sock/trace"
	"sockhttp/timer"
)

// A loggedHandler is a handler for net/http's server that refuses what is for
// another host, and prints the lines that the loop prints of its own requests and
// replies. The bytes are those of the body, since only crypto/tls knows of more.
type loggedHandler struct {
	nethttp.Handler
	allowHost func(string) bool
	queue     *timer.Queue // whose goroutine prints
	print     func(words []string)
	replied   func(trace.Event) // nil if nothing is to be printed
}

func newLoggedHandler(h nethttp.Handler, allowHost func(string) bool, queue *timer.Queue, log *command.Log, name string, detail command.Detail) nethttp.Handler {
	l := &loggedHandler{h, allowHost, queue, log.PrintRequest, log.Trace(name)[trace.Replied]}
	if detail == command.Quiet {
		l.print = nil
	}
	return l
}

func (h *loggedHandler) ServeHTTP(w nethttp.ResponseWriter, r *nethttp.Request) {
	if h.replied == nil {
		h.serve(&loggedReply{ResponseWriter: w, request: r}, r)
		return
	}
	began := time.Now()
	h.queue.Post(func() { h.print([]string{r.Method, r.RequestURI, r.Proto}) })
	reply := &loggedReply{ResponseWriter: w, request: r}
	defer func() {
		e := reply.event(time.Since(began))
		h.queue.Post(func() { h.replied(e) })
	}()
	h.serve(reply, r)
}

func (h *loggedHandler) serve(w *loggedReply, r *nethttp.Request) {
	if r.ContentLength != 0 { // net/http reads some of it after it was refused
		nethttp.NewResponseController(w).SetReadDeadline(time.Now().Add(headerTimeout))
	}
	var refused *http.StatusError
	if (r.Host != "" || r.ProtoAtLeast(1, 1)) && errors.As(http.CheckHost(h.allowHost, r.Host), &refused) {
		w.detail = ": " + refused.Detail
		nethttp.Error(w, refused.Error(), refused.Status)
		return
	}
	h.Handler.ServeHTTP(w, r)
}

// A loggedReply notes what the log tells of a reply.
type loggedReply struct {
	nethttp.ResponseWriter
	request *nethttp.Request
	status  int
	bytes   int64
	detail  string // that the log adds to the status
	err     error  // why the rest was not sent
}

// Unwrap is for [nethttp.ResponseController].
func (w *loggedReply) Unwrap() nethttp.ResponseWriter { return w.ResponseWriter }

func (w *loggedReply) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write gives a client that takes nothing as long as the loop does. In HTTP/2 the
// loop does not see it: a stream may be held up while the connection is not.
func (w *loggedReply) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = nethttp.StatusOK
	}
	if w.request.ProtoMajor == 2 {
		nethttp.NewResponseController(w.ResponseWriter).SetWriteDeadline(time.Now().Add(sock.DefaultLimits().SendTimeout))
	}
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	if err != nil {
		w.err = err
	}
	return n, err
}

// event is what the log tells.
func (w *loggedReply) event(took time.Duration) trace.Event {
	lun, _ := w.request.Context().Value(lunKey{}).(int)
	e := trace.Event{Kind: trace.Replied, LUN: lun, Took: took, Bytes: w.bytes, Note: strconv.Itoa(w.status) + " " + nethttp.StatusText(w.status) + w.detail}
	if w.err != nil {
		e.Of, _ = strconv.ParseInt(w.Header().Get("Content-Length"), 10, 64)
		e.Err = w.err
	}
	return e
}

// lunKey is for the number of a unit in the context of its requests.
type lunKey struct{}

// withLUN is the ConnContext of the server.
func withLUN(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, lunKey{}, polled(c.(*tls.Conn)).LUN())
}

// escaping writes each message of net/http in a line: some of it is what a client
// has sent.
type escaping struct{ io.Writer }

func (e escaping) Write(p []byte) (int, error) {
	message := p
	if n := len(p); n > 0 && p[n-1] == '\n' {
		message = p[:n-1]
	}
	fmt.Fprintf(e.Writer, "%s\n", command.Escape(string(message)))
	return len(p), nil
}
