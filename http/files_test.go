package http_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"sockhttp/sock/socktest"
)

// request is a GET for name that both sets of bytes understand.
func request(name string) string { return "GET " + name + " HTTP/1.1\r\nHost: localhost\r\n\r\n" }

// wantNotFound asks for name and checks that there is no such file.
func wantNotFound(t *testing.T, w *world, name string) {
	t.Helper()
	if c := w.ask(t, request(name)); !bytes.HasPrefix(c.Received, []byte("HTTP/1.1 404 Not Found\r\n")) {
		t.Errorf("GET %s: %q, want 404", name, c.Received)
	}
}

func TestNothingOutsideTheFolder(t *testing.T) {
	for _, posted := range []bool{true, false} {
		w := newWorld(t, posted)
		outside := t.TempDir()
		writeFile(t, filepath.Join(outside, "file"), "a secret")
		up, err := filepath.Rel(w.dir, outside)
		if err != nil {
			t.Fatal(err)
		}
		up = filepath.ToSlash(up)
		if data, err := os.ReadFile(filepath.Join(w.dir, up, "file")); err != nil || len(data) == 0 {
			t.Fatalf("%s does not lead to the file: %v", up, err)
		}
		for _, name := range []string{
			"/" + up + "/file",
			"/../../../../../../../../etc/passwd",
			"/%2e%2e/%2e%2e/etc/passwd",
			"/..%2f..%2fetc/passwd",
			"/..%5c..%5cetc",
			"/" + strings.ReplaceAll(up, "..", "%2e%2E") + "/file",
			"/hello.txt/../../" + filepath.Base(outside) + "/file",
			"/" + filepath.ToSlash(outside) + "/file",
			"/%2f" + strings.TrimPrefix(filepath.ToSlash(outside), "/") + "/file",
		} {
			wantNotFound(t, w, name)
		}
		if posted {
			wantNotFound(t, w, "./"+up+"/file") // "../", with the period
		}
		if err := os.Symlink(outside, filepath.Join(w.dir, "link")); err != nil {
			t.Skipf("this machine makes no symbolic links: %v", err)
		}
		if err := os.Symlink(filepath.Join("..", filepath.Base(outside), "file"), filepath.Join(w.dir, "relative")); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink("hello.txt", filepath.Join(w.dir, "inside")); err != nil {
			t.Fatal(err)
		}
		wantNotFound(t, w, "/link/file")
		wantNotFound(t, w, "/relative")
		if c := w.ask(t, request("/inside")); !bytes.HasSuffix(c.Received, []byte(content)) {
			t.Errorf("a link within the folder: %q", c.Received)
		}
	}
}

// No file has a second address, on any system.
func TestOneNamePerFile(t *testing.T) {
	for _, posted := range []bool{true, false} {
		w := newWorld(t, posted)
		if err := os.Mkdir(filepath.Join(w.dir, "sub"), 0o777); err != nil {
			t.Fatal(err)
		}
		writeFile(t, filepath.Join(w.dir, "sub", "x"), content)
		names := []string{"/hello.txt.", "/hello.txt%20", "/hello.txt%20.", "/sub./x", "/sub%20/x", `/sub\x`, "/sub%5Cx", "/hello.txt::$DATA"}
		if posted {
			names = append(names, `\hello.txt`)
		}
		for _, name := range names {
			wantNotFound(t, w, name)
		}
	}
}

// whileSending has a slow client ask for a file of a million bytes, calls
// change when some of it is sent, and returns the client when all is over.
func whileSending(t *testing.T, w *world, change func(name string) error) *socktest.Client {
	t.Helper()
	name := filepath.Join(w.dir, "million")
	writeFile(t, name, million)
	c := w.Connect(socktest.Script{
		Steps:    []socktest.Step{socktest.Send(request("/million"))},
		ReadSize: 50_000, ReadEvery: 100 * ms,
	})
	w.At(350*ms, func() {
		if n := len(c.Received); n == 0 || n > 200_000 {
			t.Errorf("the client has %d bytes when the file changes", n)
		}
		if err := change(name); err != nil {
			t.Error(err)
		}
	})
	w.Run(patience)
	w.WantIdle(t)
	return c
}

var million = strings.Repeat("0123456789", 100_000)

// A file that shrinks while it is sent ends the reply short, at once and for
// the client to see: fewer bytes than announced, then a close.
func TestFileShrinks(t *testing.T) {
	for _, posted := range []bool{true, false} {
		c := whileSending(t, newWorld(t, posted), func(name string) error { return os.Truncate(name, 400_000) })
		head, body, _ := bytes.Cut(c.Received, []byte("\r\n\r\n"))
		if !bytes.Contains(head, []byte("Content-Length: 1000000")) || string(body) != million[:400_000] {
			t.Errorf("posted %v: %q and then %d bytes, want the 400000 that are left", posted, head, len(body))
		}
		if c.End == nil || c.Ended > 2*time.Second {
			t.Errorf("posted %v: the reply ended with %v at %v", posted, c.End, c.Ended)
		}
	}
}

// One that grows is sent with the length announced.
func TestFileGrows(t *testing.T) {
	for _, posted := range []bool{true, false} {
		c := whileSending(t, newWorld(t, posted), func(name string) error { return os.Truncate(name, 2_000_000) })
		_, body, _ := bytes.Cut(c.Received, []byte("\r\n\r\n"))
		if string(body) != million || c.End != io.EOF {
			t.Errorf("posted %v: %d bytes, %v; want the million announced", posted, len(body), c.End)
		}
	}
}

// One that is removed is sent all the same, where the system lets it be removed.
func TestFileVanishes(t *testing.T) {
	c := whileSending(t, newWorld(t, false), func(name string) error {
		if runtime.GOOS == "windows" {
			os.Remove(name) // fails where the file is open without FILE_SHARE_DELETE
			return nil
		}
		return os.Remove(name)
	})
	if r, body := parseReply(t, c.Received); r.StatusCode != 200 || body != million {
		t.Errorf("answered %s and %d bytes", r.Status, len(body))
	}
}

// A client that never reads is given up 30 s after the last byte went out, and
// its file is closed. One that reads a little every 20 s is not.
func TestProgressLimit(t *testing.T) {
	w := newWorld(t, false)
	large(t, w)
	never := w.Connect(socktest.Script{Steps: []socktest.Step{socktest.Send(request("/large"))}, ReadSize: -1})
	little := w.Connect(socktest.Script{Steps: []socktest.Step{socktest.Send(request("/large"))}, ReadSize: 30_000, ReadEvery: 20 * time.Second})
	w.Run(29 * time.Second)
	if w.NumOpen() != 2 {
		t.Errorf("%d connections are open after 29s, want both", w.NumOpen())
	}
	w.Run(30*time.Second + 200*ms)
	if w.NumOpen() != 1 {
		t.Errorf("%d connections are open after 30s, want the one that reads", w.NumOpen())
	}
	if !strings.Contains(w.Timeline.String(), "dropped: nothing sent for 30s") {
		t.Error("the timeline does not say why the client was dropped")
	}
	w.Run(3 * time.Minute)
	if r, body := parseReply(t, little.Received); r.StatusCode != 200 || len(body) != 120_000 {
		t.Errorf("the slow client got %s and %d bytes", r.Status, len(body))
	}
	if never.Received != nil {
		t.Errorf("a client that reads nothing got %q", never.Received)
	}
	w.WantIdle(t)
}
