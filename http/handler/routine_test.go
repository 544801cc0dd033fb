package handler_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	nethttp "net/http"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sockhttp/http"
	"sockhttp/http/handler"
	"sockhttp/sock/socktest"
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

// TestAsNetHTTP compares what a handler's clients get with what they get from
// net/http's own server: status, fields and body of every reply. Each reason to
// differ is one that the documentation of Routine has.
func TestAsNetHTTP(t *testing.T) {
	dir := t.TempDir()
	for name, data := range map[string]string{"hello.txt": content, "empty": "", "page.html": "<p>hi", "big.bin": strings.Repeat("0123456789", 10_000), "folder/index.html": "<p>index", "folder/sub/x": "x", "a b.txt": "blank"} {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		writeFile(t, name, data)
		if err := os.Chtimes(name, time.Time{}, time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)); err != nil {
			t.Fatal(err)
		}
	}
	h := peculiar(dir)
	// The reasons to differ.
	const (
		same     = ""
		words    = "a refusal has a line that says what is wrong" // its status is net/http's
		length   = "there is a Content-Length, never chunks"      // all else is net/http's
		strict   = "what can be read in two ways is refused"      // 400 here
		limit    = "a header has 16 KiB"                          // 431 here
		tooLong  = "a body that is too long is refused"           // 413 here
		broken   = "a body that is malformed is refused"          // 400 here
		preface  = "any version but 1 is refused"                 // 505 here
		lenient  = "empty lines before a request are skipped"     // 400 there
		hints    = "replies of status 1xx are not for HTTP/1.0"   // they are there
		shorter  = "a reply that is too short says that the connection closes"
		excess   = "what is more than the Content-Length costs no connection"
		expected = "the client is told to go on only if it waits for that"
		random   = "the boundary of several ranges is random"
	)
	chunked := "Transfer-Encoding: chunked"
	host := func(line string, fields ...string) string {
		return line + " HTTP/1.1\r\nHost: a\r\n" + strings.Join(append(fields, ""), "\r\n") + "\r\n"
	}
	type row struct{ name, input, differs string }
	rows := []row{
		{"post", host("POST /echo", "Content-Length: 3") + "abc", same},
		{"post, unread", host("POST /unread", "Content-Length: 3") + "abc", same},
		{"post of nothing", host("POST /echo", "Content-Length: 0"), same},
		{"post without length", host("POST /echo"), same},
		{"chunks", host("POST /echo", chunked) + "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n", same},
		{"chunks, unread", host("POST /unread", chunked) + "3\r\nabc\r\n0\r\n\r\n", same},
		{"Chunked", host("POST /echo", "Transfer-Encoding: Chunked") + "A\r\n0123456789\r\n0\r\n\r\n", same},
		{"no chunks", host("POST /echo", chunked) + "0\r\n\r\n", same},
		{"trailers", host("POST /echo", chunked, "Trailer: X-A") + "3\r\nabc\r\n0\r\nX-A: b\r\n\r\n", same},
		{"bad chunk", host("POST /echo", chunked) + "xyz\r\nabc\r\n0\r\n\r\n", broken},
		{"chunk too long", host("POST /echo", chunked) + "2\r\nabc\r\n0\r\n\r\n", broken},
		{"PUT", host("PUT /echo", "Content-Length: 3") + "abc", same},
		{"a body of GET", host("GET /echo", "Content-Length: 3") + "abc", same},
		{"a body of HEAD too long", host("HEAD /echo", "Content-Length: 1048577") + strings.Repeat("x", 1<<20+1), tooLong},
		{"a body of HEAD", host("HEAD /echo", "Content-Length: 3") + "abc", same},
		{"a body too long", host("POST /echo", "Content-Length: 1048577") + strings.Repeat("x", 1<<20+1), tooLong},
		{"chunks too long", host("POST /unread", chunked) + "200000\r\n" + strings.Repeat("x", 1<<21) + "\r\n0\r\n\r\n", tooLong},
		{"several chunks too long", host("POST /unread", chunked) + strings.Repeat("80000\r\n"+strings.Repeat("x", 1<<19)+"\r\n", 3) + "0\r\n\r\n", tooLong},
		{"gzip and chunked", host("POST /echo", "Transfer-Encoding: gzip, chunked") + "0\r\n\r\n", words},
		{"gzip coding", host("POST /echo", "Transfer-Encoding: gzip"), words},
		{"identity coding", host("POST /echo", "Transfer-Encoding: identity"), words},
		{"two lengths", host("POST /echo", "Content-Length: 3", "Content-Length: 4") + "abc", words},
		{"the same length twice", host("POST /echo", "Content-Length: 3", "Content-Length: 3") + "abc", strict},
		{"lengths in a list", host("POST /echo", "Content-Length: 3, 3") + "abc", words},
		{"length and chunks", host("POST /echo", "Content-Length: 3", chunked) + "0\r\n\r\n", strict},
		{"chunked twice", host("POST /echo", chunked, chunked) + "0\r\n\r\n", strict},
		{"chunks in 1.0", "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", strict},
		{"negative length", host("POST /echo", "Content-Length: -3"), words},
		{"signed length", host("POST /echo", "Content-Length: +3") + "abc", words},
		{"length of words", host("POST /echo", "Content-Length: abc"), words},
		{"huge length", host("POST /echo", "Content-Length: 99999999999999999999"), words},
		{"folded length", host("POST /echo", "Content-Length: 3\r\n 4") + "abc", words},
		{"a space before the colon", host("GET /echo", "Content-Length : 3") + "abc", words},
		{"a tab in a name", host("GET /echo", "X\ta: 3"), words},
		{"no name", host("GET /echo", ": 3"), words},
		{"no colon", host("GET /echo", "what"), words},
		{"a NUL in a value", host("GET /echo", "X: a\x00b"), words},
		{"a CR in a value", host("GET /echo", "X: a\rb"), words},
		{"a DEL in a value", host("GET /echo", "X: a\x7fb"), words},
		{"a tab in a value", host("GET /echo", "X: a\tb"), same},
		{"high bytes in a value", host("GET /echo", "X: \xe9"), same},
		{"a folded value", host("GET /echo", "X: a\r\n b"), strict},
		{"a field twice", host("GET /echo", "X: a", "x: b"), same},
		{"an empty value", host("GET /echo", "X:"), same},
		{"spaces around a value", host("GET /echo", "X:  \ta \t "), same},
		{"cookies", host("GET /echo", "Cookie: a=b", "Cookie: c=d"), same},
		{"no Host", "GET /echo HTTP/1.1\r\n\r\n", words},
		{"an empty Host", "GET /echo HTTP/1.1\r\nHost:\r\n\r\n", same},
		{"two Hosts", "GET /echo HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", words},
		{"a bad Host", "GET /echo HTTP/1.1\r\nHost: a b\r\n\r\n", words},
		{"a Host with a slash", "GET /echo HTTP/1.1\r\nHost: a/b\r\n\r\n", words},
		{"a Host with a port of letters", "GET /echo HTTP/1.1\r\nHost: a:b\r\n\r\n", strict},
		{"a Host with a port", "GET /echo HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", same},
		{"the absolute form", "GET http://b/echo?x HTTP/1.1\r\nHost: a\r\n\r\n", same},
		{"1.0", "GET /echo HTTP/1.0\r\n\r\n", same},
		{"1.0 with Host", "GET /echo HTTP/1.0\r\nHost: a\r\n\r\n", same},
		{"1.0 kept", "GET /echo HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", same},
		{"1.0 kept, long", "GET /long HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", length},
		{"1.0 kept, a file", "GET /files/hello.txt HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", same},
		{"1.0 kept, 304", "GET /bodyless HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", same},
		{"1.0 HEAD kept", "HEAD /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", same},
		{"1.0, early", "GET /early HTTP/1.0\r\n\r\n", hints},
		{"1.0, post", "POST /echo HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc", same},
		{"1.2", "GET /echo HTTP/1.2\r\nHost: a\r\n\r\n", same},
		{"2.0", "GET /echo HTTP/2.0\r\nHost: a\r\n\r\n", words},
		{"the preface of 2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", preface},
		{"0.9", "GET /echo HTTP/0.9\r\n\r\n", words},
		{"no version", "GET /echo\r\n\r\n", words},
		{"version x", "GET /echo HTTP/x\r\n\r\n", words},
		{"three spaces", "GET  /echo  HTTP/1.1\r\nHost: a\r\n\r\n", words},
		{"a bad method", "G@T /echo HTTP/1.1\r\nHost: a\r\n\r\n", words},
		{"a bad escape", host("GET /%zz"), words},
		{"no slash", host("GET echo"), words},
		{"lines that end in LF", "GET /echo HTTP/1.1\nHost: a\n\n", same},
		{"an empty line first", "\r\n" + host("GET /echo"), lenient},
		{"an empty line after a body", host("POST /echo", "Content-Length: 3") + "abc\r\n" + host("GET /echo"), same},
		{"17 KiB of header", host("GET /echo", "X: "+strings.Repeat("x", 17<<10)), limit},
		{"OPTIONS *", host("OPTIONS *"), same},
		{"OPTIONS", host("OPTIONS /echo"), same},
		{"an unknown method", host("BREW /echo"), same},
		{"CONNECT", "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", same},
		{"TRACE", host("TRACE /echo"), same},
		{"Expect of something", host("GET /echo", "Expect: tea"), words},
		{"Expect without a body", host("GET /echo", "Expect: 100-continue"), same},
		{"Expect, the body is there", host("POST /echo", "Expect: 100-continue", "Content-Length: 3") + "abc", expected},
		{"close", host("GET /hello", "Connection: close"), same},
		{"Close, in a list", host("GET /hello", "Connection: x, Close"), same},
		{"an upgrade", host("GET /hello", "Connection: upgrade", "Upgrade: h2c"), same},
		{"a pipeline", host("GET /hello") + host("POST /echo", "Content-Length: 2") + "ab" + host("HEAD /hello") + host("GET /nothing"), same},
		{"a pipeline after close", host("GET /close") + host("GET /hello"), same},
		{"a pipeline after a refusal", host("GET /hello") + "what\r\n\r\n" + host("GET /hello"), words},
		{"a request within a body", host("POST /unread", fmt.Sprint("Content-Length: ", len(host("GET /hello")))) + host("GET /hello"), same},
		{"a folder without slash", host("GET /files/folder"), same},
		{"a folder's index", host("GET /files/folder/"), same},
		{"index.html", host("GET /files/folder/index.html"), same},
		{"a listing", host("GET /files/folder/sub/"), same},
		{"a missing file", host("GET /files/missing"), same},
		{"an empty file", host("GET /files/empty"), same},
		{"an escaped name", host("GET /files/a%20b.txt"), same},
		{"dots", host("GET /files/../../hello.txt"), same},
		{"if modified since then", host("GET /files/hello.txt", "If-Modified-Since: Sat, 03 Feb 2001 04:05:06 GMT"), same},
		{"if modified since before", host("GET /files/hello.txt", "If-Modified-Since: Sat, 03 Feb 2001 04:05:05 GMT"), same},
		{"if unmodified since before", host("GET /files/hello.txt", "If-Unmodified-Since: Sat, 03 Feb 2001 04:05:05 GMT"), same},
		{"if none match", host("GET /files/hello.txt", `If-None-Match: "x"`), same},
		{"if none match anything", host("GET /files/hello.txt", "If-None-Match: *"), same},
		{"if range", host("GET /files/hello.txt", "Range: bytes=1-2", `If-Range: "x"`), same},
	}
	for _, path := range []string{"/nothing", "/hello", "/html", "/204", "/205", "/418", "/599", "/redirect", "/close", "/keep", "/typed", "/untyped", "/encoded", "/undated", "/length", "/bodyless", "/late", "/retained", "/copied", "/fields", "/early", "/missing", "/files/big.bin", "/files/hello.txt"} {
		rows = append(rows, row{"GET " + path, host("GET " + path), same}, row{"HEAD " + path, host("HEAD " + path), same})
	}
	// (To HEAD /badlength net/http sends the length that is no number.)
	rows = append(rows,
		row{"GET /badlength", host("GET /badlength"), length},
		row{"GET /long", host("GET /long"), length}, row{"HEAD /long", host("HEAD /long"), length},
		row{"GET /short", host("GET /short"), shorter}, row{"HEAD /short", host("HEAD /short"), same},
		row{"GET /head", host("GET /head"), shorter}, row{"HEAD /head", host("HEAD /head"), same},
		row{"GET /excess", host("GET /excess"), excess}, row{"HEAD /excess", host("HEAD /excess"), same})
	for _, file := range []string{"big.bin", "hello.txt", "empty"} {
		for _, ranges := range []string{"bytes=0-0", "bytes=5-", "bytes=-5", "bytes=2-3", "bytes=600-99998", "bytes=0-99999", "bytes=1-2,4-5", "bytes=999999-", "bytes=3-2", "lines=1", "bytes=0-1000000"} {
			differs := same
			if ranges == "bytes=1-2,4-5" && file != "empty" {
				differs = random
			}
			rows = append(rows, row{file + " " + ranges, host("GET /files/"+file, "Range: "+ranges), differs})
		}
	}

	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			w := newHandlerWorld(t, h, &handler.Options{Log: log.New(io.Discard, "", 0)})
			c := w.Connect(script(0, socktest.Send(row.input+lastRequest)))
			w.run(patience)
			w.wantIdle(t)
			got := replies(t, row.input, string(c.Received))
			want := replies(t, row.input, onNetHTTP(t, h, row.input))
			if len(got) == 0 || len(want) == 0 {
				t.Fatalf("%d replies here, %d from net/http", len(got), len(want))
			}
			if slices.Equal(got, want) != (row.differs == same) {
				t.Errorf("it should be that %q, and the replies are\n%s\nand from net/http\n%s", row.differs, strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
			last := got[len(got)-1]
			wantStatus := map[string]string{strict: "400", limit: "431", tooLong: "413", broken: "400", preface: "505"}[row.differs]
			mended := slices.Clone(want) // as it would be without the difference
			switch row.differs {
			case words:
				wantStatus = strings.Fields(want[len(want)-1])[1]
				mended[len(want)-1] = last
			case strict, limit, tooLong, broken, preface:
				mended = []string{last}
			case length:
				mended[0] = strings.Replace(mended[0], " chunked", "", 1)
				got[0] = regexp.MustCompile(`\nContent-Length: .*`).ReplaceAllString(got[0], "")
				if row.name == "1.0 kept, long" { // without chunks, net/http closes
					mended = []string{strings.Replace(mended[0], "close true", "close false\nConnection: [\"keep-alive\"]", 1), last}
				}
			case lenient:
				mended = replies(t, strings.TrimSpace(row.input), onNetHTTP(t, h, strings.TrimLeft(row.input, "\r\n")))
			case hints:
				mended = want[1:]
			case shorter:
				mended[0] = strings.Replace(mended[0], "close false", "close true", 1)
			case excess:
				mended = append(want[:1], last)
			case expected:
				mended = want[1:]
			case random:
				for i := range got {
					got[i], mended[i] = boundary.ReplaceAllString(got[i], "..."), boundary.ReplaceAllString(mended[i], "...")
				}
			}
			if !slices.Equal(got, mended) {
				t.Errorf("it should only be that %s, and the replies are\n%.2000s\nand should be\n%.2000s", row.differs, strings.Join(got, "\n"), strings.Join(mended, "\n"))
			}
			if wantStatus != "" && (!strings.HasPrefix(last, "HTTP/1.1 "+wantStatus+" ") || !strings.Contains(last, " close true\n")) {
				t.Errorf("answered %s; want %s, and the connection to close", last, wantStatus)
			}
		})
	}
}

// wantStatuses checks the status and the body of each reply in output, none of
// them to HEAD.
func wantStatuses(t *testing.T, output []byte, want ...string) {
	t.Helper()
	var got []string
	for reader := bufio.NewReader(bytes.NewReader(output)); ; {
		if _, err := reader.Peek(1); err != nil {
			break
		}
		r, err := nethttp.ReadResponse(reader, nil)
		if err != nil {
			t.Fatalf("%q is no reply: %v", output, err)
		}
		body, err := io.ReadAll(r.Body)
		text := fmt.Sprintf("%d %s", r.StatusCode, body)
		if err != nil {
			text += " " + err.Error()
		}
		if r.Close {
			text += " (closes)"
		}
		got = append(got, text)
	}
	if !slices.Equal(got, want) {
		t.Errorf("the replies are\n%q\nwant\n%q", got, want)
	}
}

const (
	getHello = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"
	putFive  = "PUT /body HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"
)

// sayBody answers with the body of its request, or with hello.
var sayBody = nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(err)
	}
	if len(body) == 0 {
		body = []byte("hello")
	}
	w.Write(body)
})

// A connection is kept for the idle time, and closed without a word then.
func TestIdle(t *testing.T) {
	w := newHandlerWorld(t, sayBody, nil)
	c := w.Connect(script(0, socktest.Send(getHello), socktest.Pause(59*time.Second), socktest.Send(getHello)))
	w.run(2 * time.Minute)
	wantStatuses(t, c.Received, "200 hello", "200 hello")
	if late := c.Ended - 119*time.Second; c.End != io.EOF || late < 0 || late > 200*ms {
		t.Errorf("closed with %v at %v, want 60s after the second reply", c.End, c.Ended)
	}
	w.wantIdle(t)
}

// A client that has been idle for a second waits no longer than an interval.
func TestReplyAfterIdling(t *testing.T) {
	for offset := range 100 * time.Millisecond / (7 * time.Millisecond) {
		w := newHandlerWorld(t, sayBody, nil)
		pause := time.Second + offset*7*ms
		c := w.Connect(script(0, socktest.Send(getHello), socktest.Pause(pause), socktest.Send(getHello)))
		w.run(pause + 100*ms)
		wantStatuses(t, c.Received, "200 hello", "200 hello")
	}
}

// A request has its time from its first byte on.
func TestRequestTimeout(t *testing.T) {
	for _, part := range []string{"G", strings.TrimSuffix(getHello, "\r\n"), putFive, putFive + "abcd",
		"PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab"} {
		w := newHandlerWorld(t, sayBody, nil)
		steps := []socktest.Step{socktest.Send(getHello), socktest.Pause(20 * time.Second)}
		for i := range len(part) { // its bytes come one by one, the last nine seconds after the first
			steps = append(steps, socktest.Send(part[i:i+1]), socktest.Pause(9*time.Second/time.Duration(len(part))))
		}
		c := w.Connect(script(0, steps...))
		w.run(time.Minute)
		why := "header"
		if strings.HasPrefix(part, "PUT") {
			why = "body"
		}
		wantStatuses(t, c.Received, "200 hello", "408 408 Request Timeout: the "+why+" did not come in time; send it at once\n (closes)")
		if late := c.Ended - 30*time.Second; late < 0 || late > 300*ms {
			t.Errorf("after %q: told at %v, want 10 s after its beginning at 20 s", part, c.Ended)
		}
		w.wantIdle(t)
	}
}

// However a conversation is cut into pieces, its replies are the same.
func TestPieces(t *testing.T) {
	input := getHello + putFive + "abcde" + "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x\r\nde\r\n0\r\nX: y\r\n\r\n" +
		"\r\n" + getHello + "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n" + getHello
	for size := 1; size <= len(input); size += 1 + size/10 {
		w := newHandlerWorld(t, sayBody, nil)
		var steps []socktest.Step
		for rest := input; rest != ""; {
			n := min(size, len(rest))
			steps = append(steps, socktest.Send(rest[:n]), socktest.Pause(ms))
			rest = rest[n:]
		}
		c := w.Connect(script(0, steps...))
		w.run(patience)
		wantStatuses(t, c.Received, "200 hello", "200 abcde", "200 abcde", "200 hello", "200 hello (closes)")
		w.wantIdle(t)
	}
}

// A client that waits to be told to go on is told, once; and not if its body is
// refused anyway.
func TestContinue(t *testing.T) {
	expect := strings.Replace(putFive, "\r\n\r\n", "\r\nExpect: 100-Continue\r\n\r\n", 1)
	w := newHandlerWorld(t, sayBody, nil)
	c := w.Connect(script(0, socktest.Send(expect), socktest.Pause(time.Second), socktest.Send("ab"), socktest.Pause(time.Second), socktest.Send("cde"+getHello), socktest.CloseWrite()))
	w.run(patience)
	if c.FirstByte > 100*ms {
		t.Errorf("told to go on at %v", c.FirstByte)
	}
	wantStatuses(t, c.Received, "100 ", "200 abcde", "200 hello")
	eager := w.Connect(script(w.Now(), socktest.Send(expect+"ab"), socktest.Pause(time.Second), socktest.Send("cde"), socktest.CloseWrite()))
	large := w.Connect(script(w.Now(), socktest.Send(strings.Replace(expect, ": 5", ": 5000000", 1))))
	old := w.Connect(script(w.Now(), socktest.Send(strings.Replace(expect, "/1.1", "/1.0", 1)), socktest.Pause(time.Second), socktest.Send("abcde")))
	w.run(w.Now() + patience)
	wantStatuses(t, large.Received, "413 413 Request Entity Too Large: the body is longer than 1048576 bytes; send less\n (closes)")
	wantStatuses(t, eager.Received, "200 abcde")
	wantStatuses(t, old.Received, "200 abcde (closes)")
	w.wantIdle(t)
}

// What a client sent before it shut its side is answered to the last request;
// of a body that ends early, it is told.
func TestHalfClosed(t *testing.T) {
	w := newHandlerWorld(t, sayBody, nil)
	whole := w.Connect(script(0, socktest.Send(getHello+getHello), socktest.CloseWrite()))
	part := w.Connect(script(0, socktest.Send(getHello+putFive+"abc"), socktest.CloseWrite()))
	w.run(patience)
	wantStatuses(t, whole.Received, "200 hello", "200 hello")
	wantStatuses(t, part.Received, "200 hello", "400 400 Bad Request: the body ended early; send as much as was announced\n (closes)")
	w.wantIdle(t)
}

// A panic, http.ErrAbortHandler and a reply that is too long cost one client;
// what was answered before them is not lost.
func TestHandlerFails(t *testing.T) {
	var logged bytes.Buffer
	file := filepath.Join(t.TempDir(), "file")
	writeFile(t, file, strings.Repeat("x", 100_000))
	var kept nethttp.ResponseWriter
	var body io.Reader
	var context context.Context
	h := nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		kept, body, context = w, r.Body, r.Context()
		r.Body = nethttp.MaxBytesReader(w, r.Body, 10)
		if err := context.Err(); err != nil {
			t.Errorf("the context has ended: %v", err)
		}
		io.WriteString(w, "hello")
		switch r.URL.Path {
		case "/panic":
			io.Copy(w, f)
			panic("bad luck")
		case "/abort":
			io.Copy(w, f)
			panic(nethttp.ErrAbortHandler)
		case "/long":
			_, err := w.Write(make([]byte, 996))
			if err == nil || !strings.Contains(err.Error(), "MaxReply") {
				t.Errorf("writing too much: %v", err)
			}
			if _, err := io.WriteString(w, "x"); err == nil {
				t.Error("writing more after that: no error")
			}
		case "/file-and-more":
			io.Copy(w, f)
			if _, err := io.WriteString(w, "x"); err == nil {
				t.Error("writing after a large file: no error")
			}
		case "/full-and-file":
			w.Write(make([]byte, 995))
			if n, err := io.Copy(w, f); n != 100_000 || err != nil {
				t.Errorf("copying a file when no room is left: %d, %v", n, err)
			}
		case "/trailer":
			w.Header().Set(nethttp.TrailerPrefix+"X", "y")
		case "/controller":
			c := nethttp.NewResponseController(w)
			_, _, err := c.Hijack()
			for _, err := range []error{err, c.Flush(), c.SetReadDeadline(time.Time{}), c.SetWriteDeadline(time.Time{}), c.EnableFullDuplex()} {
				if !errors.Is(err, nethttp.ErrNotSupported) {
					t.Errorf("the controller says %v", err)
				}
			}
		}
	})
	w := newHandlerWorld(t, h, &handler.Options{MaxReply: 1000, Log: log.New(&logged, "", 0)})
	const failed = "500 500 Internal Server Error: "
	for _, test := range []struct {
		path string
		want []string
	}{
		{"/", []string{"200 hello", "200 hello"}},
		{"/panic", []string{failed + "the handler panicked; the server's log tells where\n (closes)"}},
		{"/abort", nil},
		{"/long", []string{failed + "the reply is longer than what is held in memory\n (closes)"}},
		{"/file-and-more", []string{failed + "the reply is longer than what is held in memory\n (closes)"}},
		{"/full-and-file", []string{"200 hello" + strings.Repeat("\x00", 995) + strings.Repeat("x", 100_000), "200 hello"}},
		{"/trailer", []string{failed + "the reply has trailers, which are not sent here\n (closes)"}},
		{"/controller", []string{"200 hello", "200 hello"}},
	} {
		path, want := test.path, test.want
		logged.Reset()
		before := descriptors()
		c := w.Connect(script(w.Now(), socktest.Send(getHello+strings.Replace(getHello, "/hello", path, 1)+putFive+"abcde"), socktest.CloseWrite()))
		w.run(w.Now() + patience)
		wantStatuses(t, c.Received, append([]string{"200 hello"}, want...)...)
		if after := descriptors(); after > before {
			t.Errorf("%s: %d descriptors are open, before it were %d", path, after, before)
		}
		if path == "/panic" && (!strings.Contains(logged.String(), "bad luck") || !strings.Contains(logged.String(), `GET "/panic" of 198.51.100.`)) {
			t.Errorf("%s: the log has %q", path, &logged)
		}
		if path == "/abort" && logged.Len() > 0 {
			t.Errorf("%s: the log has %q", path, &logged)
		}
		w.wantIdle(t)
	}
	if _, err := io.WriteString(kept, "late"); err == nil {
		t.Error("writing after the handler has returned: no error")
	}
	if _, err := body.Read(make([]byte, 1)); err != nethttp.ErrBodyReadAfterClose {
		t.Errorf("reading the body after the handler has returned: %v", err)
	}
	if context.Err() == nil {
		t.Error("the context has not ended")
	}
}

// A file goes from the disk to the client, however large it is: what a handler
// copies of it is not read before it is sent. Here it is sparse.
func TestLargeFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "large")
	const size = 10 << 30
	writeFile(t, name, "the beginning")
	if err := os.Truncate(name, size); err != nil {
		t.Skip("no file of 10 GB here: ", err)
	}
	w := newHandlerWorld(t, nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		if r.URL.Path != "/copy" {
			nethttp.ServeFile(w, r, name)
			return
		}
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if n, err := io.Copy(w, f); n != size || err != nil {
			t.Errorf("copied %d, %v", n, err)
		}
	}), nil)
	request := "GET / HTTP/1.1\r\nHost: a\r\n"
	end := w.Connect(script(0, socktest.Send(request+"Range: bytes=10737418000-\r\n\r\n"), socktest.CloseWrite()))
	reading := func(request string) *socktest.Client {
		return w.Connect(socktest.Script{Steps: []socktest.Step{socktest.Send(request)}, ReadSize: 1000, ReadEvery: ms})
	}
	served := reading(request + "\r\n")
	copied := reading(strings.Replace(request, "/", "/copy", 1) + "\r\n")
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	w.run(time.Second)
	runtime.GC()
	runtime.ReadMemStats(&after)
	if held := after.HeapAlloc - min(after.HeapAlloc, before.HeapAlloc); held > 20<<20 {
		t.Errorf("%d bytes more are held", held)
	}
	for _, whole := range []*socktest.Client{served, copied} {
		if want := "Content-Length: 10737418240\r\n"; !strings.Contains(string(whole.Received), want) || !strings.Contains(string(whole.Received), "\r\n\r\nthe beginning\x00") {
			t.Errorf("the reply is %.500q", whole.Received)
		}
	}
	wantStatuses(t, end.Received, "206 "+strings.Repeat("\x00", 240))
}

// A range comes from where it should, whatever the handler did with its file.
func TestFileInPieces(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	data := strings.Repeat("0123456789", 5000)
	writeFile(t, name, data)
	w := newHandlerWorld(t, nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		io.WriteString(w, "<")
		f.Seek(20_000, io.SeekStart)
		for range 2 {
			if n, err := io.CopyN(w, f, 10_000); n != 10_000 || err != nil {
				t.Errorf("copied %d, %v", n, err)
			}
		}
		if n, err := io.Copy(w, f); n != 10_000 || err != nil {
			t.Errorf("copied %d of the rest, %v", n, err)
		}
		if r.URL.Path == "/more" {
			io.WriteString(w, ">")
		}
	}), nil)
	for path, more := range map[string]string{"/hello": "", "/more": ">"} {
		c := w.Connect(script(w.Now(), socktest.Send(strings.Replace(getHello, "/hello", path, 1)), socktest.CloseWrite()))
		w.run(w.Now() + patience)
		wantStatuses(t, c.Received, "200 <"+data[20_000:]+more)
		w.wantIdle(t)
	}
}

// Requests by a name that the server does not go by are refused, and every
// request is printed.
func TestRoutineHost(t *testing.T) {
	var printed []string
	w := newHandlerWorld(t, sayBody, &handler.Options{AllowHost: http.LocalHost(), Print: func(request []string) { printed = append(printed, strings.Join(request, " ")) }})
	c := w.Connect(script(0, socktest.Send(strings.Replace(getHello, " a\r", " localhost:8000\r", 1)+getHello)))
	w.run(patience)
	wantStatuses(t, c.Received, "200 hello", "421 421 Misdirected Request: this server does not go by the name \"a\"; start it with -allow-host to add a name\n (closes)")
	if want := []string{"GET /hello HTTP/1.1", "GET /hello HTTP/1.1"}; !slices.Equal(printed, want) {
		t.Errorf("printed %q", printed)
	}
}
