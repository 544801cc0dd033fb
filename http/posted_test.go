package http_test

import (
	"io"
	"path/filepath"
	"strings"
	"testing"

	"sockhttp/http"
)

const (
	posted400 = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n"
	posted404 = "HTTP/1.1 404 Not Found\r\nConnection: close\r\n"
	posted431 = "HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\n"
)

// posted200 is the post's reply with a file.
func posted200(length, body string) string {
	return "HTTP/1.1 200 OK\r\nContent-Length: " + length + "\r\nConnection: close\r\n\r\n" + body
}

func TestPostedReplies(t *testing.T) {
	w := newWorld(t, true)
	writeFile(t, filepath.Join(w.dir, ".x"), "period x")
	writeFile(t, filepath.Join(w.dir, "empty"), "")
	writeFile(t, filepath.Join(w.dir, "a%20b"), "literal")
	for _, test := range []struct{ name, request, want string }{
		{"a file", "GET /hello.txt HTTP/1.1\r\nHost: x\r\n\r\n", postedReply},
		{"lines that end in LF", "GET /hello.txt HTTP/1.1\nHost: x\n\n", postedReply},
		{"lines that end in either", "GET /hello.txt HTTP/1.1\nHost: x\r\n\n", postedReply},
		{"a CR inside a line stays", "GET /hello.txt\r HTTP/1.1\n\n", posted404},
		{"no version", "GET /hello.txt\n\n", postedReply},
		{"any version", "GET /hello.txt Gopher/7 and more\n\n", postedReply},
		{"runs of spaces", "   GET     /hello.txt  HTTP/1.1  \n\n", postedReply},
		{"a tab is no space", "GET\t/hello.txt HTTP/1.1\n\n", posted400},
		{"no slash: the period is put before", "GET x HTTP/1.1\n\n", posted200("8", "period x")},
		{"no decoding: the name as it is", "GET /a%20b HTTP/1.1\n\n", posted200("7", "literal")},
		{"no decoding", "GET /hello%2Etxt HTTP/1.1\n\n", posted404},
		{"no query", "GET /hello.txt?a=b HTTP/1.1\n\n", posted404},
		{"a body is dropped", "GET /hello.txt HTTP/1.1\n\nand a body", postedReply},
		{"the first empty line is the end", "GET /hello.txt HTTP/1.1\n\n\n\n", postedReply},
		{"an empty first line", "\nGET /hello.txt HTTP/1.1\n\n", posted400},
		{"only spaces", "   \n\n", posted400},
		{"another method", "POST /hello.txt HTTP/1.1\n\n", posted400},
		{"HEAD", "HEAD /hello.txt HTTP/1.1\n\n", posted400},
		{"lower case", "get /hello.txt HTTP/1.1\n\n", posted400},
		{"a longer word", "GETS /hello.txt HTTP/1.1\n\n", posted400},
		{"no second word", "GET\n\n", posted400},
		{"a line without a colon", "GET /hello.txt HTTP/1.1\nwhat is this\n\n", postedReply},
		{"a blank before a colon", "GET /hello.txt HTTP/1.1\nX : y\n\n", posted400},
		{"a tab before a colon", "GET /hello.txt HTTP/1.1\nHost\t: evil.example\n\n", posted400},
		{"a NUL in a name", "GET /hello.txt HTTP/1.1\nHost\x00: evil.example\n\n", posted400},
		{"a CR in a value", "GET /hello.txt HTTP/1.1\r\nX: a\rHost: evil.example\r\n\r\n", posted400},
		{"a folded field", "GET /hello.txt HTTP/1.1\r\nX: y\r\n z\r\n\r\n", posted400},
		{"a field folded by a tab", "GET /hello.txt\nX: y\n\tz\n\n", posted400},
		{"a missing file", "GET /missing HTTP/1.1\n\n", posted404},
		{"an empty file", "GET /empty HTTP/1.1\n\n", posted404},
		{"the folder", "GET / HTTP/1.1\n\n", posted404},
		{"a name with a NUL", "GET /hello.txt\x00 HTTP/1.1\n\n", posted400},
		{"16 KiB of header", "GET /hello.txt " + strings.Repeat("x", http.MaxHeader-17) + "\n\n", postedReply},
		{"one byte more", "GET /hello.txt " + strings.Repeat("x", http.MaxHeader-16) + "\n\n", posted431},
		{"a header without end", strings.Repeat("x", http.MaxHeader+1), posted431},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := w.ask(t, test.request)
			wantReply(t, c, test.want, 0)
		})
	}
}

// A page from elsewhere reads nothing through PostedHTTP either. A request without
// a Host, which no browser sends, is answered as in the post.
func TestPostedAllowHost(t *testing.T) {
	w := newWorld(t, true)
	w.directory.AllowHost = allowSome
	for host, status := range hosts {
		want := "HTTP/1.1 421 Misdirected Request\r\nConnection: close\r\n"
		if status == 200 {
			want = postedReply
		}
		wantReply(t, w.ask(t, "GET /hello.txt HTTP/1.1\r\nhost:"+host+"\r\n\r\n"), want, 0)
	}
	wantReply(t, w.ask(t, "GET /hello.txt HTTP/1.1\r\n\r\n"), postedReply, 0)
	wantReply(t, w.ask(t, "GET /hello.txt HTTP/1.1\r\nHost: evil.test\r\nHost: localhost\r\n\r\n"), posted400, 0)
}

// The words of the request line are printed once, before anything is checked.
func TestPrintsTheWords(t *testing.T) {
	for _, posted := range []bool{true, false} {
		w := newWorld(t, posted)
		w.ask(t, "  GET   /hello.txt", " HTTP/1.1\r\nHost: localhost\r\n\r\n")
		w.ask(t, "nonsense\n\n")
		w.ask(t, "no end")
		if got := strings.Join(w.printed, "|"); got != "GET /hello.txt HTTP/1.1|nonsense" {
			t.Errorf("posted %v: printed %q", posted, got)
		}
	}
}

// However the network cuts a request in two, the reply is the same, and so is
// the reply to one that comes byte by byte.
func TestCutAtEveryByte(t *testing.T) {
	for _, posted := range []bool{true, false} {
		for _, request := range []string{
			"GET /hello.txt HTTP/1.1\r\nHost: localhost\r\nX: y\r\n\r\n",
			"GET /missing HTTP/1.1\nHost: localhost\n\n",
			"POST /hello.txt HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nbody",
		} {
			w := newWorld(t, posted)
			whole := undated(string(w.ask(t, request).Received))
			if !strings.HasPrefix(whole, "HTTP/1.1 ") {
				t.Fatalf("the reply to %q is %q", request, whole)
			}
			cuts := [][]string{strings.Split(request, "")}
			for i := 1; i < len(request); i++ {
				cuts = append(cuts, []string{request[:i], request[i:]})
			}
			for _, cut := range cuts {
				c := w.ask(t, cut...)
				if got := undated(string(c.Received)); got != whole || c.End != io.EOF {
					t.Fatalf("posted %v: the reply to %q is %q, %v; in one piece it was %q", posted, cut, got, c.End, whole)
				}
			}
		}
	}
}
