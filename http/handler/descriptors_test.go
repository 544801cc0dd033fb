package handler_test

import (
	"io"
	nethttp "net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sockhttp/http/handler"
	"sockhttp/sock/socktest"
)

// Whatever is asked for, each file and folder that is opened for it is closed,
// and not left to the collector.
func TestNoFileIsLeftOpen(t *testing.T) {
	files := map[string]string{
		"hello.txt":                content,
		"large.txt":                strings.Repeat("x", 100_000),
		"page/index.html":          content,
		"list/a.txt":               content,
		"folder/index.html/b.txt":  content,
		"page/index.html.d/x.html": content,
	}
	w := newFileWorld(t, false, files)
	wrapped := newHandlerWorld(t, nethttp.StripPrefix("", handler.FileServer(w.root, false)), nil)
	wrapped.root, wrapped.dir = w.root, w.dir
	for _, w := range []*world{w, wrapped} {
		for _, request := range []string{
			"GET /hello.txt", "HEAD /hello.txt", "POST /hello.txt", "GET /hello.txt/",
			"GET /large.txt", "HEAD /large.txt",
			"GET /large.txt\nRange: bytes=5-70000", "GET /large.txt\nRange: bytes=200000-", "GET /large.txt\nRange: bytes=0-1,5-6",
			"GET /large.txt\nIf-Modified-Since: " + fileTime.Format(nethttp.TimeFormat),
			"GET /page", "GET /page/", "HEAD /page/", "GET /page/index.html",
			"GET /list", "GET /list/", "HEAD /list/", "POST /list/", "GET /",
			"GET /folder/", "GET /folder/index.html/",
			"GET /none", "GET /none/",
		} {
			method, fields, _ := strings.Cut(request, "\n")
			text := method + " HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n\r\n"
			if fields == "" {
				text = method + " HTTP/1.1\r\nHost: a\r\n\r\n"
			}
			check := socktest.Descriptors(t)
			w.Connect(script(w.Now(), socktest.Send(text+text), socktest.CloseWrite()))
			w.Connect(socktest.Script{Connect: w.Now(), ReadSize: -1, Steps: []socktest.Step{socktest.Send(text), socktest.Pause(ms), socktest.Reset()}})
			w.Run(w.Now() + patience)
			w.WantIdle(t)
			if check(); t.Failed() {
				t.Fatalf("of %q", request)
			}
		}
	}
}

// A folder that is no longer what was listed a moment ago is listed anew.
func TestNoFolderIsLeftOpenThatChanges(t *testing.T) {
	w := newFileWorld(t, false, map[string]string{"list/a.txt": content})
	check := socktest.Descriptors(t)
	const text = "GET /list/ HTTP/1.1\r\nHost: a\r\n\r\n"
	c := w.Connect(script(0, socktest.Send(text), socktest.Pause(100*ms), socktest.Send(text), socktest.Pause(100*ms), socktest.Send(text), socktest.CloseWrite()))
	w.At(150*ms, func() { writeFile(t, filepath.Join(w.dir, "list", "b.txt"), content) })
	w.Run(patience)
	if n := strings.Count(string(c.Received), "b.txt</a>"); n != 1 {
		t.Errorf("the new file is in %d listings, want 1", n)
	}
	w.WantIdle(t)
	check()
	if err := os.RemoveAll(filepath.Join(w.dir, "list")); err != nil {
		t.Error(err)
	}
}

// A handler may write more behind a file that it has copied, and the file is
// closed then, as it is if its bytes are not sent at all.
func TestNoFileIsLeftOpenThatAHandlerCopies(t *testing.T) {
	large := strings.Repeat("x", 100_000)
	name := filepath.Join(t.TempDir(), "large.txt")
	writeFile(t, name, large)
	w := newHandlerWorld(t, nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		f, err := os.Open(name)
		if err != nil {
			t.Error(err)
			return
		}
		defer f.Close()
		switch r.URL.Path {
		case "/sized":
			w.Header().Set("Content-Length", "100000")
			w.WriteHeader(200)
		case "/not-modified":
			w.WriteHeader(304)
		}
		io.Copy(w, f)
		switch r.URL.Path {
		case "/more":
			io.WriteString(w, " and more")
		case "/twice":
			f.Seek(0, io.SeekStart)
			io.Copy(w, f)
		case "/abort":
			panic(nethttp.ErrAbortHandler)
		}
	}), nil)
	for path, want := range map[string]string{
		"/":             "200 " + large,
		"/more":         "200 " + large + " and more",
		"/twice":        "200 " + large + large,
		"/sized":        "200 " + large,
		"/not-modified": "304 ",
		"/abort":        "",
	} {
		for _, method := range []string{"GET", "HEAD"} {
			check := socktest.Descriptors(t)
			c := w.Connect(script(w.Now(), socktest.Send(method+" "+path+" HTTP/1.1\r\nHost: a\r\n\r\n"), socktest.CloseWrite()))
			w.Run(w.Now() + patience)
			w.WantIdle(t)
			if check(); method == "GET" && want != "" {
				wantStatuses(t, c.Received, want)
			}
			if t.Failed() {
				t.Fatalf("of %s %s", method, path)
			}
		}
	}
}
