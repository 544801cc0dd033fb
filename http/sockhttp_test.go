package http_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	nethttp "net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"sockhttp/http"
	"sockhttp/sock/socktest"
	"sockhttp/sock/trace"
)

// undated is a reply without its Date, which differs from one time to another.
func undated(reply string) string {
	return regexp.MustCompile(`Date: [^\r]*\r\n`).ReplaceAllString(reply, "")
}

func TestReplies(t *testing.T) {
	w := newWorld(t, false)
	writeFile(t, filepath.Join(w.dir, "empty"), "")
	writeFile(t, filepath.Join(w.dir, "a b.html"), "<p>")
	writeFile(t, filepath.Join(w.dir, "sniffed"), "\x89PNG\r\n\x1a\n and so on")
	const host = " HTTP/1.1\r\nHost: localhost\r\n\r\n"
	for _, test := range []struct {
		name, request string
		status        int
		contentType   string
		body          string // what it contains; all of it, for a file
	}{
		{"a file", "GET /hello.txt" + host, 200, "text/plain; charset=utf-8", content},
		{"HTTP/1.0 needs no Host", "GET /hello.txt HTTP/1.0\r\n\r\n", 200, "text/plain; charset=utf-8", content},
		{"lines that end in LF", "GET /hello.txt HTTP/1.1\nHost: localhost\n\n", 200, "text/plain; charset=utf-8", content},
		{"percent-decoding", "GET /a%20b.htm%6C" + host, 200, "text/html; charset=utf-8", "<p>"},
		{"a query", "GET /hello.txt?a=b/../c" + host, 200, "text/plain; charset=utf-8", content},
		{"the absolute form", "GET http://localhost:8000/hello.txt HTTP/1.1\r\nHost: localhost\r\n\r\n", 200, "text/plain; charset=utf-8", content},
		{"a body", "GET /hello.txt HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc", 200, "text/plain; charset=utf-8", content},
		{"a type by the bytes", "GET /sniffed" + host, 200, "image/png", "\x89PNG\r\n\x1a\n and so on"},
		{"a missing file", "GET /missing" + host, 404, "", "404 Not Found: no such file here"},
		{"an empty file", "GET /empty" + host, 404, "", "the file is empty"},
		{"the folder", "GET /" + host, 404, "", "names a folder"},
		{"a slash after a file", "GET /hello.txt/" + host, 404, "", "names a folder"},
		{"two slashes", "GET //hello.txt" + host, 404, "", "no such file"},
		{"a NUL", "GET /hello.txt%00" + host, 404, "", "no such file"},
		{"POST", "POST /hello.txt" + host, 400, "", `this server does not support the method "POST"; use GET`},
		{"lower case", "get /hello.txt" + host, 400, "", `use GET`},
		{"empty lines before the request", "\r\n\n\r\nGET /hello.txt" + host, 200, "text/plain; charset=utf-8", content},
		{"no words", " \r\n\r\n", 400, "", "the request cannot be read"},
		{"two words", "GET /hello.txt\r\n\r\n", 400, "", "the request cannot be read"},
		{"no version", "GET /hello.txt HTTP/x\r\n\r\n", 400, "", "the request cannot be read"},
		{"version 2", "GET /hello.txt HTTP/2.0\r\nHost: localhost\r\n\r\n", 400, "", `this server does not support "HTTP/2.0"`},
		{"version 0.9", "GET /hello.txt HTTP/0.9\r\nHost: localhost\r\n\r\n", 400, "", `this server does not support "HTTP/0.9"`},
		{"no Host", "GET /hello.txt HTTP/1.1\r\n\r\n", 400, "", "has no Host"},
		{"two Hosts", "GET /hello.txt HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", 400, "", "too many Host"},
		{"an invalid Host", "GET /hello.txt HTTP/1.1\r\nHost: local host\r\n\r\n", 400, "", `"local host" is not a valid Host`},
		{"a name with a blank", "GET /hello.txt HTTP/1.1\r\nHost: localhost\r\nX-A : b\r\n\r\n", 400, "", "put the colon right after the name"},
		{"a folded field", "GET /hello.txt HTTP/1.1\r\nHost: localhost\r\nX: y\r\n z\r\n\r\n", 400, "", "goes on in the next line"},
		{"a field folded by a tab", "GET /hello.txt HTTP/1.0\nX: y\n\tz\n\n", 400, "", "goes on in the next line"},
		{"a folded Host", "GET /hello.txt HTTP/1.1\r\nHost: evil.example\r\n .localhost\r\n\r\n", 400, "", "goes on in the next line"},
		{"a length and chunks", "GET /hello.txt HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "", "the length of the body is given more than once"},
		{"chunks in HTTP/1.0", "GET /hello.txt HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "", "or by chunks in HTTP/1.0"},
		{"an unknown coding", "GET /hello.txt HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n", 501, "", `the transfer coding "gzip" is not known here`},
		{"a line without a colon", "GET /hello.txt HTTP/1.1\r\nHost: localhost\r\nwhat\r\n\r\n", 400, "", "the request cannot be read"},
		{"a broken escape", "GET /hello%zz" + host, 400, "", "the request cannot be read"},
		{"a TLS hello", "\x16\x03\x01\x02\x00\x01\n\r\n", 400, "", "this is TLS"},
		{"17 KiB of header", "GET /hello.txt HTTP/1.1\r\nHost: localhost\r\nX: " + strings.Repeat("x", 17<<10) + "\r\n\r\n", 431, "", "longer than 16 KiB"},
	} {
		t.Run(test.name, func(t *testing.T) {
			date := w.Clock().Now().UTC().Format(nethttp.TimeFormat)
			c := w.ask(t, test.request)
			if c.End != io.EOF {
				t.Errorf("the reply ended with %v, want the end of input", c.End)
			}
			r, body := parseReply(t, c.Received)
			contentType := test.contentType
			if contentType == "" {
				contentType = "text/plain; charset=utf-8"
				if want := fmt.Sprintf("%d %s: ", test.status, nethttp.StatusText(test.status)); !strings.HasPrefix(body, want) || strings.Count(body, "\n") != 1 || !strings.HasSuffix(body, "\n") {
					t.Errorf("the body %q is not one line that begins with %q", body, want)
				}
			} else if body != test.body {
				t.Errorf("the body is %q, want %q", body, test.body)
			}
			if r.StatusCode != test.status || !strings.Contains(body, test.body) {
				t.Errorf("answered %s, %q; want %d, %q", r.Status, body, test.status, test.body)
			}
			want := nethttp.Header{"Date": {date}, "Content-Type": {contentType}, "X-Content-Type-Options": {"nosniff"}, "Content-Length": {fmt.Sprint(len(body))}, "Connection": {"close"}}
			if fmt.Sprint(r.Header) != fmt.Sprint(want) {
				t.Errorf("the fields are %v, want %v", r.Header, want)
			}
		})
	}
}

// parseReply reads a reply that must be one complete message and nothing more.
func parseReply(t testing.TB, reply []byte) (*nethttp.Response, string) {
	t.Helper()
	head, _, ok := bytes.Cut(reply, []byte("\r\n\r\n"))
	if !ok || bytes.Count(head, []byte("\n")) != bytes.Count(head, []byte("\r\n")) {
		t.Fatalf("the reply %q has no head of lines that end in CRLF", reply)
	}
	reader := bufio.NewReader(bytes.NewReader(reply))
	r, err := nethttp.ReadResponse(reader, nil)
	if err != nil {
		t.Fatalf("the reply %q is not HTTP: %v", reply, err)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil || int64(len(body)) != r.ContentLength {
		t.Fatalf("the body of %q has %d bytes, %v; want %d", reply, len(body), err, r.ContentLength)
	}
	if rest, _ := io.ReadAll(reader); len(rest) > 0 {
		t.Fatalf("after the reply comes %q", rest)
	}
	// ReadResponse takes this field out of the header.
	if r.Close {
		r.Header.Set("Connection", "close")
	}
	return r, string(body)
}

// The bytes of the two kinds of reply, to the letter.
func TestRepliesToTheLetter(t *testing.T) {
	w := newWorld(t, false)
	const date = "Date: Sat, 01 Jan 2000 00:00:00 GMT\r\n"
	get := w.Connect(script(0, socktest.Send(get)))
	head := w.Connect(script(0, socktest.Send("HEAD /hello.txt HTTP/1.1\r\nHost: localhost\r\n\r\n")))
	w.Run(time.Second)
	wantReply(t, get, "HTTP/1.1 200 OK\r\n"+date+"Content-Type: text/plain; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\nContent-Length: 13\r\nConnection: close\r\n\r\n"+content, 0)
	// A reply to HEAD has the fields of a reply with a body, and none
	// (RFC 9110, section 9.3.2).
	wantReply(t, head, "HTTP/1.1 400 Bad Request\r\n"+date+"Content-Type: text/plain; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\nContent-Length: 73\r\nConnection: close\r\n\r\n", 0)
}

// A client whose header does not come in time is told so, at its time. One that
// has sent nothing is not.
func TestHeaderTimeout(t *testing.T) {
	for _, sent := range []string{"", "G", "GET /hello.txt HTTP/1.1\r\nHost:"} {
		w := newWorld(t, false)
		c := w.Connect(script(time.Second, socktest.Send(sent)))
		w.Run(30 * time.Second)
		if sent == "" {
			wantReply(t, c, "", 0)
			continue
		}
		r, body := parseReply(t, c.Received)
		if r.StatusCode != nethttp.StatusRequestTimeout || !strings.Contains(body, "did not come in time") {
			t.Errorf("after %q: answered %q", sent, c.Received)
		}
		if late := c.FirstByte - 11*time.Second; late < 0 || late > 200*ms {
			t.Errorf("after %q: told at %v, want 10s after it connected at 1s, and at most two intervals later", sent, c.FirstByte)
		}
		w.WantIdle(t)
	}
}

// A client that shuts its side before the header's end is told that, too: it
// may still read. One that has said nothing has nothing to be told.
func TestInputEndsEarly(t *testing.T) {
	w := newWorld(t, false)
	c := w.Connect(script(0, socktest.Send("GET /hello.txt HTTP/1.1\r\n"), socktest.CloseWrite()))
	silent := w.Connect(script(0, socktest.CloseWrite()))
	w.Run(patience)
	if r, body := parseReply(t, c.Received); r.StatusCode != 400 || !strings.Contains(body, "is not complete") {
		t.Errorf("answered %q", c.Received)
	}
	wantReply(t, silent, "", 0)
	w.WantIdle(t)

	// Shutting it after the header is how some clients end a request.
	c = w.Connect(script(w.Now(), socktest.Send(get), socktest.CloseWrite()))
	w.Run(w.Now() + time.Second)
	if r, body := parseReply(t, c.Received); r.StatusCode != 200 || body != content {
		t.Errorf("answered %q", c.Received)
	}
}

// hosts are values of Host with the status from a server that goes by the names
// of allowSome.
var hosts = map[string]int{
	"localhost": 200, "LOCALHOST": 200, "localhost.": 200, "localhost:8000": 200, "localhost:": 200, "a.b.localhost:1": 200,
	"127.0.0.1": 200, "127.9.9.9:80": 200, "[::1]": 200, "[::1]:8000": 200, "[::2]:8000": 200, "[::ffff:127.0.0.1]": 200,
	"demo.test": 200, "demo.test:99": 200, "example.test": 200,
	"evil.test": 421, "localhost.evil.test": 421, "notlocalhost": 421, "127.0.0.1.evil.test": 421,
	"128.0.0.1": 421, "[::3]": 421, "0.0.0.0": 421, ".": 421, "a.demo.test": 421, "": 421,
	"localhost:80@evil.test": 400, "localhost:evil.test": 400, "evil.test:80:localhost": 400, "evil.test/localhost": 400,
}

var allowSome = http.LocalHost("demo.test", "Example.TEST:8000", "::2")

func TestAllowHost(t *testing.T) {
	w := newWorld(t, false)
	w.directory.AllowHost = allowSome
	for host, want := range hosts {
		r, body := parseReply(t, w.ask(t, "GET /hello.txt HTTP/1.1\r\nHost: "+host+"\r\n\r\n").Received)
		if r.StatusCode != want {
			t.Errorf("Host %s: %s, want %d", host, r.Status, want)
		}
		if want == 421 && (!strings.Contains(body, "-allow-host") || !strings.Contains(body, host)) {
			t.Errorf("Host %s: %q names neither the flag nor the name", host, body)
		}
	}
	// The name that counts is the one of the absolute form (RFC 9112,
	// section 3.2.2). Browsers know no other request without a Host than one
	// of HTTP/1.0, which they do not send.
	for request, want := range map[string]int{
		"GET http://evil.test/hello.txt HTTP/1.1\r\nHost: localhost\r\n\r\n": 421,
		"GET http://localhost/hello.txt HTTP/1.1\r\nHost: evil.test\r\n\r\n": 200,
		"GET http://evil.test/hello.txt HTTP/1.0\r\n\r\n":                    421,
		"GET /hello.txt HTTP/1.0\r\n\r\n":                                    200,
		"GET /hello.txt HTTP/1.0\r\nHost: evil.test\r\n\r\n":                 421,
	} {
		if r, _ := parseReply(t, w.ask(t, request).Received); r.StatusCode != want {
			t.Errorf("%q: %s, want %d", request, r.Status, want)
		}
	}
}

// What is wrong is refused as soon as it is known to be wrong, not when the
// header's time is over.
func TestWrongInputIsRefusedAtOnce(t *testing.T) {
	const hello = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a hello of TLS"
	for _, test := range []struct {
		name, sent string
		posted     bool // PostedHTTP refuses it, too
		want       string
	}{
		{"TLS", hello, true, "this is TLS"},
		{"the first byte of TLS", hello[:1], true, "this is TLS"},
		{"a control character", "GET /hello\x00", true, "a control character in its first line"},
		{"a delete character", "GET /\x7f", true, "a control character in its first line"},
		{"no version", "GET /hello.txt\r\n", false, "malformed HTTP request"},
		{"no name", "GET\r\n", false, "malformed HTTP request"},
		{"a version that is none", "GET /hello.txt HTTP/one\r\n", false, "malformed HTTP version"},
		{"a method that is none", "G(E)T /hello.txt HTTP/1.1\r\n", false, "invalid method"},
		{"an escape that is none", "GET /%zz HTTP/1.1\r\n", false, "invalid URL escape"},
		{"a line that is wrong behind an empty one, which ends the header of the post", "\r\nGET\r\n", true, "malformed HTTP request"},
	} {
		for _, posted := range []bool{false, true} {
			for _, pieces := range []bool{false, true} {
				w := newWorld(t, posted)
				var steps []socktest.Step
				if pieces {
					for i := range len(test.sent) {
						steps = append(steps, socktest.Send(test.sent[i:i+1]), socktest.Pause(ms))
					}
				} else {
					steps = append(steps, socktest.Send(test.sent))
				}
				c := w.Connect(script(0, steps...))
				w.Run(time.Second)
				switch {
				case posted && !test.posted:
					if len(c.Received) > 0 {
						t.Errorf("%s, posted: answered %q at %v, before the header's end", test.name, c.Received, c.FirstByte)
					}
				case posted:
					wantReply(t, c, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n", 0)
				default:
					if !strings.HasPrefix(string(c.Received), "HTTP/1.1 400 ") || !strings.Contains(string(c.Received), test.want) {
						t.Errorf("%s, in pieces %v: answered %q, want 400 with %q", test.name, pieces, c.Received, test.want)
					}
				}
				if c.FirstByte > 400*ms {
					t.Errorf("%s: answered at %v", test.name, c.FirstByte)
				}
			}
		}
	}
}

// Input that came while the program was stopped came in time: it is read before
// time is called over.
func TestInputThatCameWhileTheProgramWasStopped(t *testing.T) {
	for _, posted := range []bool{false, true} {
		w := newWorld(t, posted)
		c := w.Connect(script(0, socktest.Send(get[:20]), socktest.Pause(2*time.Second), socktest.Send(get[20:])))
		late := w.Connect(script(0, socktest.Send(get[:20]), socktest.Pause(40*time.Second), socktest.Send(get[20:])))
		w.At(time.Second, func() { w.Skip(20 * time.Second) })
		w.Run(60 * time.Second)
		if !strings.HasPrefix(string(c.Received), "HTTP/1.1 200 OK\r\n") {
			t.Errorf("posted %v: it got %q", posted, c.Received)
		}
		if !strings.HasPrefix(string(late.Received), "HTTP/1.1 408 ") {
			t.Errorf("posted %v: one that sent the rest too late got %q", posted, late.Received)
		}
		w.WantIdle(t)
	}
}

// BenchmarkHeaderInPieces has a header of 16 kB come byte by byte, whose end must
// not be looked for from its beginning each time.
func BenchmarkHeaderInPieces(b *testing.B) {
	header := "GET /hello.txt HTTP/1.1\r\nHost: localhost\r\n" + strings.Repeat("X: y\r\n", 2700) + "\r\n"
	var steps []socktest.Step
	for i := range len(header) {
		steps = append(steps, socktest.Send(header[i:i+1]), socktest.Pause(time.Microsecond))
	}
	b.SetBytes(int64(len(header)))
	for b.Loop() {
		w := newWorld(b, false)
		w.Trace = trace.Hooks{}
		w.StepTime = time.Microsecond
		c := w.Connect(script(0, steps...))
		w.Run(time.Second)
		if len(c.Received) == 0 {
			b.Fatal("no reply")
		}
	}
}

// However many empty lines come before a request, they are passed over at once.
func TestManyEmptyLines(t *testing.T) {
	for _, lines := range []string{strings.Repeat("\r\n", 8), strings.Repeat("\n", 1<<20), strings.Repeat("\r\n\n", 100_000)} {
		w := newWorld(t, false)
		c := w.Connect(script(0, socktest.Send(lines+get)))
		w.Run(5 * time.Second)
		if !strings.HasPrefix(string(c.Received), "HTTP/1.1 200 ") {
			t.Errorf("after %d bytes of empty lines: %q", len(lines), c.Received)
		}
	}
}

// A name with very many directories is not looked for.
func TestDeepNames(t *testing.T) {
	w := newWorld(t, false)
	deep := filepath.Join(w.dir, strings.Repeat("a/", 41))
	if err := os.MkdirAll(deep, 0o777); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(deep, "f"), "x")
	if c := w.ask(t, "GET /"+strings.Repeat("a/", 41)+"f HTTP/1.1\r\nHost: localhost\r\n\r\n"); !strings.HasPrefix(string(c.Received), "HTTP/1.1 404 ") {
		t.Errorf("answered %q", c.Received)
	}
	writeFile(t, filepath.Join(w.dir, strings.Repeat("a/", 40), "f"), "x")
	if c := w.ask(t, "GET /"+strings.Repeat("a/", 40)+"f HTTP/1.1\r\nHost: localhost\r\n\r\n"); !strings.HasPrefix(string(c.Received), "HTTP/1.1 200 ") {
		t.Errorf("answered %q", c.Received)
	}
}
