package handler_test

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	nethttp "net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
)

// peculiar is a handler that does, by the path, what handlers do. It does the
// same on either server.
func peculiar(dir string) nethttp.Handler {
	mux := nethttp.NewServeMux()
	mux.Handle("/files/", nethttp.StripPrefix("/files", nethttp.FileServer(nethttp.Dir(dir))))
	mux.HandleFunc("/echo", func(w nethttp.ResponseWriter, r *nethttp.Request) {
		body, err := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %q %s host %q length %d encodings %q close %v error %v\n", r.Method, r.RequestURI, r.Proto, r.Host, r.ContentLength, r.TransferEncoding, r.Close, err)
		fmt.Fprintf(w, "url %q query %q tls %v remote %v\n", r.URL.Path, r.URL.RawQuery, r.TLS, r.RemoteAddr != "")
		for _, name := range slices.Sorted(maps.Keys(r.Header)) {
			fmt.Fprintf(w, "%s: %q\n", name, r.Header[name])
		}
		for _, name := range slices.Sorted(maps.Keys(r.Trailer)) {
			fmt.Fprintf(w, "trailer %s: %q\n", name, r.Trailer[name])
		}
		fmt.Fprintf(w, "%q", body)
	})
	for path, handle := range map[string]nethttp.HandlerFunc{
		"/nothing": func(w nethttp.ResponseWriter, r *nethttp.Request) {},
		"/hello":   func(w nethttp.ResponseWriter, r *nethttp.Request) { io.WriteString(w, "hello") },
		"/unread":  func(w nethttp.ResponseWriter, r *nethttp.Request) { io.WriteString(w, "not looked at") },
		"/html":    func(w nethttp.ResponseWriter, r *nethttp.Request) { io.WriteString(w, "<!doctype html><p>hi") },
		"/204":     func(w nethttp.ResponseWriter, r *nethttp.Request) { w.WriteHeader(204) },
		"/205":     func(w nethttp.ResponseWriter, r *nethttp.Request) { w.WriteHeader(205) },
		"/418":     func(w nethttp.ResponseWriter, r *nethttp.Request) { nethttp.Error(w, "a teapot", nethttp.StatusTeapot) },
		"/599":     func(w nethttp.ResponseWriter, r *nethttp.Request) { w.WriteHeader(599); io.WriteString(w, "x") },
		"/redirect": func(w nethttp.ResponseWriter, r *nethttp.Request) {
			nethttp.Redirect(w, r, "/hello?x=1", nethttp.StatusFound)
		},
		"/close": func(w nethttp.ResponseWriter, r *nethttp.Request) {
			w.Header().Set("Connection", "close")
			io.WriteString(w, "bye")
		},
		"/keep": func(w nethttp.ResponseWriter, r *nethttp.Request) {
			w.Header().Set("Connection", "keep-alive")
			io.WriteString(w, "hi")
		},
		"/typed": func(w nethttp.ResponseWriter, r *nethttp.Request) {
			w.Header().Set("Content-Type", "a/b")
			io.WriteString(w, "<html>")
		},
		"/untyped": func(w nethttp.ResponseWriter, r *nethttp.Request) {
			w.Header()["Content-Type"] = nil
			io.WriteString(w, "<html>")
		},
		"/encoded": func(w nethttp.ResponseWriter, r *nethttp.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			io.WriteString(w, "<html>")
		},
		"/undated": func(w nethttp.ResponseWriter, r *nethttp.Request) { w.Header()["Date"] = nil },
		"/length": func(w nethttp.ResponseWriter, r *nethttp.Request) {
			w.Header().Set("Content-Length", "3")
			io.WriteString(w, "abc")
		},
		"/badlength": func(w nethttp.ResponseWriter, r *nethttp.Request) {
			w.Header().Set("Content-Length", "x")
			io.WriteString(w, "abc")
		},
		"/short": func(w nethttp.ResponseWriter, r *nethttp.Request) {
			w.Header().Set("Content-Length", "5")
			io.WriteString(w, "abc")
		},
		"/excess": func(w nethttp.ResponseWriter, r *nethttp.Request) {
			w.Header().Set("Content-Length", "3")
			io.WriteString(w, "abc")
			_, err := io.WriteString(w, "d")
			w.Header().Set("X-Late", "not sent")
			if err != nethttp.ErrContentLength {
				panic(err)
			}
		},
		"/bodyless": func(w nethttp.ResponseWriter, r *nethttp.Request) {
			w.Header().Set("Content-Length", "7")
			w.Header().Set("Content-Type", "text/plain")
			w.WriteHeader(304)
			if _, err := io.WriteString(w, "x"); err != nethttp.ErrBodyNotAllowed {
				panic(err)
			}
		},
		"/late": func(w nethttp.ResponseWriter, r *nethttp.Request) {
			w.Header().Set("X-Early", "sent")
			w.WriteHeader(201)
			w.Header().Set("X-Late", "not sent")
			w.WriteHeader(202)
			io.WriteString(w, "x")
		},
		"/retained": func(w nethttp.ResponseWriter, r *nethttp.Request) {
			h := w.Header()
			io.WriteString(w, "x")
			h.Set("X-Late", "not sent")
		},
		"/copied": func(w nethttp.ResponseWriter, r *nethttp.Request) {
			f, err := os.Open(filepath.Join(dir, "big.bin"))
			if err != nil {
				panic(err)
			}
			defer f.Close()
			w.Header().Set("Content-Length", "100000")
			io.Copy(w, f)
		},
		"/fields": func(w nethttp.ResponseWriter, r *nethttp.Request) {
			w.Header()["X-Two"] = []string{"a", "b"}
			w.Header().Set("X-Lines", " a\r\nInjected: b ")
			w.Header()["bad name"] = []string{"x"}
			w.Header()["lower"] = []string{"x"}
		},
		"/early": func(w nethttp.ResponseWriter, r *nethttp.Request) {
			w.Header().Set("Link", "</style.css>; rel=preload")
			w.WriteHeader(103)
			io.WriteString(w, "x")
		},
		"/long": func(w nethttp.ResponseWriter, r *nethttp.Request) { w.Write(make([]byte, 100_000)) },
		"/head": func(w nethttp.ResponseWriter, r *nethttp.Request) { w.Header().Set("Content-Length", "1000") },
	} {
		mux.HandleFunc(path, handle)
	}
	return mux
}

// onNetHTTP has a net/http.Server answer input and then lastRequest.
// It is given virtual time, since it waits for half a second after a refusal.
func onNetHTTP(t *testing.T, h nethttp.Handler, input string) (output string) {
	synctest.Test(t, func(t *testing.T) {
		client, server := net.Pipe()
		done := make(chan struct{})
		s := &nethttp.Server{Handler: h, ErrorLog: log.New(io.Discard, "", 0)}
		go s.Serve(&oneConn{conn: &addressed{Conn: server}, end: done})
		go io.WriteString(client, input+lastRequest)
		received, _ := io.ReadAll(client)
		client.Close()
		close(done)
		s.Close()
		output = string(received)
	})
	return output
}

// lastRequest ends a connection that was kept.
const lastRequest = "GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

// A oneConn is a listener with one client.
type oneConn struct {
	conn net.Conn
	end  chan struct{}
	once sync.Once
}

func (l *oneConn) Accept() (conn net.Conn, err error) {
	l.once.Do(func() { conn = l.conn })
	if conn == nil {
		<-l.end
		return nil, net.ErrClosed
	}
	return conn, nil
}
func (l *oneConn) Close() error   { return nil }
func (l *oneConn) Addr() net.Addr { return &net.TCPAddr{} }

// An addressed pipe has an address, as a socket does.
type addressed struct{ net.Conn }

func (addressed) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 1} }

// replies are what input and lastRequest were answered with, each reply as
// a text that tells status, fields and body.
func replies(t testing.TB, input, output string) (texts []string) {
	t.Helper()
	requests := bufio.NewReader(strings.NewReader(input + lastRequest))
	reader := bufio.NewReader(strings.NewReader(output))
	request, err := nethttp.ReadRequest(requests)
	for {
		if _, err := reader.Peek(1); err != nil {
			return texts
		}
		if err != nil { // it was refused; what follows is not read as a request
			request = &nethttp.Request{Method: strings.Fields(input + " GET")[0]}
		}
		r, readErr := nethttp.ReadResponse(reader, request)
		if readErr != nil {
			t.Fatalf("%q is no reply: %v", output, readErr)
		}
		body, bodyErr := io.ReadAll(r.Body)
		r.Header.Del("Date")
		text := fmt.Sprintf("%s %s close %v", r.Proto, r.Status, r.Close)
		if len(r.TransferEncoding) > 0 {
			text += " chunked"
		}
		for _, name := range slices.Sorted(maps.Keys(r.Header)) {
			text += fmt.Sprintf("\n%s: %q", name, r.Header[name])
		}
		texts = append(texts, fmt.Sprintf("%s\n%q %v", text, body, bodyErr))
		if r.StatusCode >= 200 && err == nil {
			io.Copy(io.Discard, request.Body)
			request, err = nethttp.ReadRequest(requests)
		}
	}
}

// boundary is what separates the parts of a multipart body; it is random.
var boundary = regexp.MustCompile("[0-9a-f]{60}")
