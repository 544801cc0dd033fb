package http_test

import (
	"bufio"
	"bytes"
	"io"
	nethttp "net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sockhttp/http"
	"sockhttp/sock/socktest"
	"sockhttp/sock/trace"
)

// FuzzHeader checks what SockHTTP makes of some input: where the header ends, and
// whether it is a request. The input is sent once whole and once cut in two, to
// SockHTTP and to PostedHTTP, and then the client shuts its side.
func FuzzHeader(f *testing.F) {
	for _, seed := range []string{
		get, "GET /hello.txt HTTP/1.0\n\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /", "GET  /hello.txt HTTP/1.1\r\n\r\n",
		"GET /hello.txt HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", "GET /hello.txt HTTP/1.1\r\nHost: a\r\n \r\n\r\n", "GET /hello.txt HTTP/1.1\r\n\r\r\n\r\n",
		"GET http://a/hello.txt HTTP/1.1\r\nHost: b\r\nHost: b\r\n\r\n", "POST /x HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc",
		"GET hello.txt HTTP/1.1\r\nHost: a\r\n\r\n", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", "GET /hello.txt HTTP/1.1\r\nHost:a/b\r\nX : y\r\n\r\n", "GET /hello.txt HTTP/1.1\r\nHost: a:b\r\n\r\n", "GET /hello.txt HTTP/1.1\r\nHost: [::1]:80\r\nTransfer-Encoding: gzip\r\n\r\n", "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\r\n\r\n", "\r\n\nGET /hello.txt HTTP/1.0\n\n", "GET", "",
	} {
		f.Add([]byte(seed), 5)
	}
	worlds := map[bool]*world{}
	for _, posted := range []bool{false, true} {
		worlds[posted] = newWorld(f, posted)
		worlds[posted].Trace = trace.Hooks{}
	}
	f.Fuzz(func(t *testing.T, input []byte, cut int) {
		cut = max(0, min(cut, len(input)))
		replies := map[bool]string{}
		for posted, w := range worlds {
			w.printed = nil
			whole := w.Connect(socktest.Script{Connect: w.Now(), Steps: []socktest.Step{
				socktest.Send(string(input)), socktest.CloseWrite()}})
			pieces := w.Connect(socktest.Script{Connect: w.Now(), Steps: []socktest.Step{
				socktest.Send(string(input[:cut])), socktest.Pause(time.Second), socktest.Send(string(input[cut:])), socktest.CloseWrite()}})
			w.Run(w.Now() + 5*time.Second)
			w.WantIdle(t)
			if whole.End != io.EOF || pieces.End != io.EOF {
				t.Fatalf("posted %v: the replies ended with %v and %v", posted, whole.End, pieces.End)
			}
			replies[posted] = string(whole.Received)
			if got := string(pieces.Received); undated(got) != undated(replies[posted]) {
				t.Fatalf("posted %v: in one piece %q, in two %q", posted, replies[posted], got)
			}
		}
		switch reply := replies[true]; {
		case len(input) == 0 && reply == "":
		case len(input) > 0 && slices.Contains([]string{posted400, posted404, posted431, postedReply}, reply):
		default:
			t.Fatalf("as posted, %q was answered %q", input, reply)
		}
		request := emptyLines.ReplaceAll(input, nil)
		if len(request) == 0 {
			if replies[false] != "" {
				t.Fatalf("%q was answered %q, want no reply", input, replies[false])
			}
			return
		}
		r, _ := parseReply(t, []byte(replies[false]))
		if want := wantStatus(request); want != r.StatusCode {
			t.Fatalf("%q was answered %s, want %d", input, r.Status, want)
		}
	})
}

// wantStatus is the status for input, without empty lines before it, on a server whose only file is hello.txt:
// by the standard library's reading of it, and by what is refused besides.
func wantStatus(input []byte) int {
	head := headPattern.Find(input)
	_, fields, _ := bytes.Cut(head, []byte("\n"))
	lengths, codings, hosts := lengthPattern.FindAll(fields, -1), codingPattern.FindAllSubmatch(fields, -1), hostPattern.FindAllSubmatch(fields, -1)
	r, err := nethttp.ReadRequest(bufio.NewReader(bytes.NewReader(head)))
	line, _, ended := bytes.Cut(input, []byte("\n"))
	_, lineErr := nethttp.ReadRequest(bufio.NewReader(io.MultiReader(bytes.NewReader(line), strings.NewReader("\n\n"))))
	switch {
	case controlPattern.Match(line), ended && lineErr != nil: // known before the rest comes
		return nethttp.StatusBadRequest
	case len(head) > http.MaxHeader, head == nil && len(input) > http.MaxHeader:
		return nethttp.StatusRequestHeaderFieldsTooLarge
	case foldPattern.Match(fields), namePattern.Match(fields), valuePattern.Match(fields):
		return nethttp.StatusBadRequest
	case len(codings) == 1 && !bytes.EqualFold(bytes.TrimSpace(codings[0][1]), []byte("chunked")):
		return nethttp.StatusNotImplemented
	case err != nil, r.Method != "GET", r.ProtoMajor != 1,
		len(lengths)+len(codings) > 1, len(codings) > 0 && r.ProtoMinor == 0,
		len(hosts) == 0 && r.ProtoMinor > 0, len(hosts) > 0 && !validHost.Match(bytes.TrimSpace(hosts[0][1])):
		return nethttp.StatusBadRequest
	case r.URL.Path != "/hello.txt":
		return nethttp.StatusNotFound
	}
	return nethttp.StatusOK
}

var (
	emptyLines     = regexp.MustCompile(`\A(?:\r?\n)+`)
	headPattern    = regexp.MustCompile(`(?s)\A(?:\r?\n|.*?\n\r?\n)`) // up to the first empty line
	lengthPattern  = regexp.MustCompile(`(?im)^Content-Length:`)
	codingPattern  = regexp.MustCompile(`(?im)^Transfer-Encoding:(.*)$`)
	hostPattern    = regexp.MustCompile(`(?im)^Host:(.*)$`)
	validHost      = regexp.MustCompile(`^(?:[-\]0-9A-Za-z!$%&'()*+,.:;=[_~]*\])?[-0-9A-Za-z!$%&'()*+,.;=[_~]*(?::[0-9]*)?$`)
	foldPattern    = regexp.MustCompile(`(?m)^[ \t]`)
	namePattern    = regexp.MustCompile(`(?m)^[^:\n]*[^!-~\n][^:\n]*:`)                                         // a blank, a control character or no ASCII
	valuePattern   = regexp.MustCompile(`(?m)^[^:\n]*:[^\n]*(?:[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r[^\n]|\r\z)`) // a control character
	controlPattern = regexp.MustCompile(`[\x00-\x0c\x0e-\x1f\x7f]`)
)
