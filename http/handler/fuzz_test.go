package handler_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"log"
	nethttp "net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"sockhttp/http/handler"
	"sockhttp/sock/socktest"
	"sockhttp/sock/trace"
)

// FuzzRoutine sends some input to Routine, once whole and once cut in two, and
// asks the standard library which requests it holds. The handler must be called
// for the first of these, in their order, and with their bodies; each must get
// one reply, in that order; after those comes one refusal at most, and after
// a reply that says Connection: close nothing. No cut may change the replies.
func FuzzRoutine(f *testing.F) {
	const host = " HTTP/1.1\r\nHost: a\r\n"
	for _, seed := range []string{
		getHello + "\r\n" + putFive + "abcde" + getHello,
		"PUT /echo" + host + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1;x=\"y\"\r\nd\r\n0\r\nX: y\r\n\r\n" + getHello,
		"PUT /echo" + host + "Expect: 100-continue\r\nContent-Length: 2\r\n\r\nab" + "HEAD /hello" + host + "\r\n" + getHello,
		"GET /close" + host + "\r\n" + getHello, "GET /short" + host + "\r\n" + getHello, "GET /early" + host + "\r\n" + getHello,
		"GET /hello" + host + "Connection: close\r\n\r\n" + getHello, "GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /hello HTTP/1.0\r\n\r\n" + getHello,
		"PUT /echo" + host + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + getHello,
		"PUT /echo" + host + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef" + getHello,
		"PUT /echo" + host + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", "PUT /echo" + host + "Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n",
		"HEAD /files/hello.txt" + host + "Range: bytes=0-2\r\n\r\nGET /files/hello.txt" + host + "Range: bytes=1-1,3-4\r\n\r\n" + "HEAD" + getHello,
		"OPTIONS *" + host + "\r\nCONNECT a:80" + host + "\r\nBREW /204" + host + "\r\nGET /copied" + host + "\r\n", "GET / HTTP/2.0\r\n\r\n", "GET /hello\n\n",
		"GET /hello HTTP/1.1\nHost: a\n\nGET /hello HTTP/1.1\r\nHost: a\r\n b\r\n\r\n",
	} {
		f.Add([]byte(seed), uint16(len(seed)/2))
	}
	dir := f.TempDir()
	writeFile(f, filepath.Join(dir, "hello.txt"), content)
	writeFile(f, filepath.Join(dir, "big.bin"), strings.Repeat("x", 100_000))
	h := peculiar(dir)
	f.Fuzz(func(t *testing.T, input []byte, cut uint16) {
		asked := requestsIn(input)
		at := int(cut) % (len(input) + 1)
		var before []string
		for _, steps := range [][]socktest.Step{
			{socktest.Send(string(input)), socktest.CloseWrite()},
			{socktest.Send(string(input[:at])), socktest.Pause(30 * time.Millisecond), socktest.Send(string(input[at:])), socktest.CloseWrite()},
		} {
			var called []string
			var methods []string
			var logged bytes.Buffer
			options := &handler.Options{Log: log.New(&logged, "", 0), MaxBody: 10_000}
			w := newHandlerWorld(t, nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
				body, err := io.ReadAll(r.Body)
				if err != nil {
					t.Errorf("reading the body: %v", err)
				}
				r.Body = io.NopCloser(bytes.NewReader(body))
				called, methods = append(called, askedFor(r, body)), append(methods, r.Method)
				w.Header().Set("X-Request", strconv.Itoa(len(called)))
				h.ServeHTTP(w, r)
			}), options)
			w.Log, w.Trace = options.Log, trace.Hooks{}
			c := w.Connect(script(0, steps...))
			w.Run(patience)
			w.WantIdle(t)
			if strings.Contains(logged.String(), "panicked") {
				t.Errorf("%q: %s", input, &logged)
			}
			// OPTIONS * is answered before the handler.
			others := slices.DeleteFunc(slices.Clone(asked), func(r string) bool { return strings.HasPrefix(r, `OPTIONS "*" `) })
			if len(called) > len(others) || !slices.Equal(called, others[:len(called)]) {
				t.Errorf("%q: the handler is called for\n%q\nbut the input has\n%q", input, called, others)
			}
			replies := answersTo(t, c.Received, methods, len(asked)-len(others))
			if before != nil && !slices.Equal(replies, before) {
				t.Errorf("%q, cut at %d, is answered\n%.500q\nand else\n%.500q", input, at, replies, before)
			}
			before = replies
		}
	})
}

// requestsIn is which requests the standard library reads from input, as far as
// it can, each as askedFor has it.
func requestsIn(input []byte) (all []string) {
	for reader := bufio.NewReader(bytes.NewReader(input)); ; {
		for { // empty lines before a request are skipped
			next, _ := reader.Peek(2)
			switch {
			case bytes.HasPrefix(next, []byte("\n")):
				reader.Discard(1)
				continue
			case string(next) == "\r\n":
				reader.Discard(2)
				continue
			}
			break
		}
		r, err := nethttp.ReadRequest(reader)
		if err != nil {
			return all
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return all
		}
		all = append(all, askedFor(r, body))
	}
}

// askedFor is a request in a line.
func askedFor(r *nethttp.Request, body []byte) string {
	return fmt.Sprintf("%s %q %q %q", r.Method, r.RequestURI, r.Host, body)
}

// answersTo splits output into replies, without their dates and without those
// of status 1xx. Those from the handler are numbered from 1, and are to requests
// with these methods; up to so many others are to OPTIONS *.
func answersTo(t *testing.T, output []byte, methods []string, others int) (replies []string) {
	handled, closed := 0, false
	for reader := bufio.NewReader(bytes.NewReader(output)); ; {
		if _, err := reader.Peek(1); err != nil {
			break
		}
		if closed {
			t.Fatalf("%.500q goes on after it said that it closes", output)
		}
		method := "GET"
		if handled < len(methods) {
			method = methods[handled]
		}
		r, err := nethttp.ReadResponse(reader, &nethttp.Request{Method: method})
		if err != nil {
			t.Fatalf("%.500q is no reply: %v", output, err)
		}
		if r.StatusCode < 200 {
			continue
		}
		closed = r.Close
		number := r.Header.Get("X-Request")
		switch {
		case number != "":
			if handled++; number != strconv.Itoa(handled) {
				t.Fatalf("%.500q has reply %s as number %d", output, number, handled)
			}
		case r.StatusCode == 200 && r.ContentLength == 0 && others > 0:
			others--
		case !closed:
			t.Fatalf("%.500q has a refusal that does not close", output)
		}
		body, err := io.ReadAll(r.Body)
		if err != nil && !closed {
			t.Fatalf("%.500q: %v", output, err)
		}
		r.Header.Del("Date")
		reply := fmt.Sprint(r.Status, r.Header, string(body))
		replies = append(replies, boundary.ReplaceAllString(reply, "a boundary"))
	}
	if handled != len(methods) {
		t.Fatalf("%.500q answers %d of %d requests", output, handled, len(methods))
	}
	return replies
}
