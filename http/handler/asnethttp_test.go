package handler_test

import (
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sockhttp/http/handler"
	"sockhttp/sock/socktest"
)

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
			w.Run(patience)
			w.WantIdle(t)
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
