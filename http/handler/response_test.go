package handler_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	nethttp "net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"sockhttp/http/handler"
	"sockhttp/sock/socktest"
)

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
		check := socktest.Descriptors(t)
		c := w.Connect(script(w.Now(), socktest.Send(getHello+strings.Replace(getHello, "/hello", path, 1)+putFive+"abcde"), socktest.CloseWrite()))
		w.Run(w.Now() + patience)
		wantStatuses(t, c.Received, append([]string{"200 hello"}, want...)...)
		check()
		if path == "/panic" && (!strings.Contains(logged.String(), "bad luck") || !strings.Contains(logged.String(), `GET "/panic" of 198.51.100.`)) {
			t.Errorf("%s: the log has %q", path, &logged)
		}
		if path == "/abort" && logged.Len() > 0 {
			t.Errorf("%s: the log has %q", path, &logged)
		}
		w.WantIdle(t)
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
	w.Run(time.Second)
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
		w.Run(w.Now() + patience)
		wantStatuses(t, c.Received, "200 <"+data[20_000:]+more)
		w.WantIdle(t)
	}
}
