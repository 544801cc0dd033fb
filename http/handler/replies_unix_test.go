//go:build linux || darwin || freebsd

package handler_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sockhttp/http/handler"
	"sockhttp/sock/socktest"
	"sockhttp/sock/trace"
)

// keepingWorld is newFileWorld, but replies are kept even if files have changed
// just now.
func keepingWorld(t *testing.T, files map[string]string, options *handler.Options) *world {
	t.Helper()
	w := newFileWorld(t, false, files)
	routine, mark := handler.RoutineKeeping(handler.FileServer(w.root, false), options)
	w.Server, w.mark = socktest.NewServer(routine), mark
	w.Start()
	return w
}

// without gets a path while no file can be opened, so that the reply must be one
// that was kept.
func (w *world) without(t *testing.T, path string, fields ...string) (status int, body string) {
	t.Helper()
	withDescriptors(t, -1, func() {
		r, b := w.fetch(t, path, fields...)
		status, body = r.StatusCode, b
	})
	return status, body
}

// A reply that was asked for twice is kept, and the third client gets it; it is
// the first's, but for its Date, and the log tells the same of it.
func TestRepliesAreKept(t *testing.T) {
	large := strings.Repeat("0123456789", 6_000)
	w := keepingWorld(t, map[string]string{"hello.txt": content, "large": large, "folder/index.html": "index"}, nil)
	note := ""
	w.Trace[trace.Replied] = func(e trace.Event) { note = e.Note }
	for _, test := range []struct{ path, field string }{
		{"/hello.txt", "A: b"}, {"/large", "A: b"}, {"/hello.txt?query", "A: b"},
		{"/hello.txt", "Range: bytes=2-4"}, {"/hello.txt", "If-Modified-Since: Sat, 03 Feb 2001 04:05:06 GMT"},
		{"/hello.txt", "Range: bytes=100-"}, {"/large", "Range: bytes=40000-"},
	} {
		first, want := w.fetch(t, test.path, test.field)
		noted := note
		w.fetch(t, test.path, test.field)
		withDescriptors(t, -1, func() {
			note = ""
			third, got := w.fetch(t, test.path, test.field)
			if note != noted || note == "" {
				t.Errorf("%v: the log says %q, want %q", test, note, noted)
			}
			if third.StatusCode != first.StatusCode || got != want {
				t.Errorf("%v: %s, %.100q; want %s, %.100q", test, third.Status, got, first.Status, want)
			}
			if third.Header.Get("Date") == first.Header.Get("Date") {
				t.Errorf("%v: the Date is that of the first reply, %v", test, first.Header["Date"])
			}
			third.Header.Set("Date", first.Header.Get("Date"))
			if g, w := fmt.Sprint(third.Header), fmt.Sprint(first.Header); g != w {
				t.Errorf("%v: the fields are\n%s\nwant\n%s", test, g, w)
			}
		})
	}
	if status, _ := w.without(t, "/hello.txt", "A: c"); status != 503 {
		t.Errorf("with another header: %d, want 503, for no file can be opened", status)
	}
}

// Of a reply that is a large file, or a part of one, the head is kept. The file is
// opened for each who gets it.
func TestRepliesThatEndInAFileAreKept(t *testing.T) {
	large := strings.Repeat("0123456789", 20_000)
	w := keepingWorld(t, map[string]string{"large": large, "folder/index.html": large, "medium": large[:40_000]}, &handler.Options{MaxReply: 30_000})
	note := ""
	w.Trace[trace.Replied] = func(e trace.Event) { note = e.Note }
	get := func(path, field, want string) {
		t.Helper()
		r, body := w.fetch(t, path, field)
		if got := fmt.Sprint(r.StatusCode, " ", body); got != want {
			t.Errorf("%s, %s: %d bytes, %.50q; want %d, %.50q", path, field, len(got), got, len(want), want)
		}
	}
	for _, test := range []struct{ path, field, want string }{
		{"/large", "A: b", "200 " + large}, {"/folder/", "A: b", "200 " + large}, {"/medium", "A: b", "200 " + large[:40_000]},
		{"/large", "Range: bytes=40001-", "206 " + large[40_001:]}, {"/large", "Range: bytes=7-150000", "206 " + large[7:150_001]},
	} {
		get(test.path, test.field, test.want)
		get(test.path, test.field, test.want)
		w.mark()
		if get(test.path, test.field, test.want); note != "kept" {
			t.Errorf("%s, %s: the third reply is made anew: %s", test.path, test.field, note)
		}
	}
	writeFile(t, filepath.Join(w.dir, "large"), "another")
	get("/large", "A: b", "200 another")
}

func changeTime(t *testing.T, name string) time.Time {
	t.Helper()
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	at, _ := handler.ChangeTime(info)
	return at
}

// Once the file has changed in any way, its reply is made anew.
func TestChangedFilesAreNotKept(t *testing.T) {
	for _, test := range []struct {
		what   string
		change func(name string) error
		want   string
	}{
		{"written", func(name string) error { return os.WriteFile(name, []byte("another"), 0o666) }, "200 another"},
		{"replaced", func(name string) error {
			if err := os.WriteFile(name+"~", []byte("HELLO, WORLD\n"), 0o666); err != nil {
				return err
			}
			if err := os.Chtimes(name+"~", time.Time{}, fileTime); err != nil {
				return err
			}
			return os.Rename(name+"~", name)
		}, "200 HELLO, WORLD\n"},
		{"written, and then given its old time", func(name string) error {
			before := changeTime(t, name)
			for !changeTime(t, name).After(before) { // the clock for files ticks
				if err := os.WriteFile(name, []byte("HELLO, WORLD\n"), 0o666); err != nil {
					return err
				}
			}
			return os.Chtimes(name, time.Time{}, fileTime)
		}, "200 HELLO, WORLD\n"},
		{"touched", func(name string) error { return os.Chtimes(name, time.Time{}, fileTime.Add(time.Second)) }, "200 " + content},
		{"removed", os.Remove, "404 404 Not Found: no such file here; check the name in the address\n"},
		{"a folder", func(name string) error {
			if err := os.Remove(name); err != nil {
				return err
			}
			return os.Mkdir(name, 0o777)
		}, "301 "},
	} {
		w := keepingWorld(t, map[string]string{"hello.txt": content}, nil)
		for range 3 {
			w.fetch(t, "/hello.txt")
		}
		if err := test.change(filepath.Join(w.dir, "hello.txt")); err != nil {
			t.Fatal(err)
		}
		r, body := w.fetch(t, "/hello.txt")
		if got := fmt.Sprint(r.StatusCode, " ", body); got != test.want {
			t.Errorf("%s: %q, want %q", test.what, got, test.want)
		}
		if modified := r.Header.Get("Last-Modified"); test.what == "touched" && modified != "Sat, 03 Feb 2001 04:05:07 GMT" {
			t.Errorf("%s: Last-Modified: %s", test.what, modified)
		}
	}
}

// A file that has just changed may change once more within the same time. Its
// reply is not kept.
func TestYoungFilesAreNotKept(t *testing.T) {
	w := newFileWorld(t, false, map[string]string{"hello.txt": content})
	for range 3 {
		w.fetch(t, "/hello.txt")
	}
	if status, _ := w.without(t, "/hello.txt"); status != 503 {
		t.Errorf("the reply was kept: %d", status)
	}
}

// Whoever gets a kept reply is still asked who he is asking for, and his request
// is still printed.
func TestKeptRepliesAreChecked(t *testing.T) {
	var printed []string
	allowed := true
	w := keepingWorld(t, map[string]string{"hello.txt": content}, &handler.Options{
		Print:     func(words []string) { printed = append(printed, strings.Join(words, " ")) },
		AllowHost: func(host string) bool { return allowed && host == "a" },
	})
	for range 3 {
		w.fetch(t, "/hello.txt")
	}
	allowed = false
	if r, _ := w.fetch(t, "/hello.txt"); r.StatusCode != 421 {
		t.Errorf("%s, want 421", r.Status)
	}
	if want := slices.Repeat([]string{"GET /hello.txt HTTP/1.1"}, 4); !slices.Equal(printed, want) {
		t.Errorf("printed %q, want %q", printed, want)
	}
}

// Of many replies, the latest 8 MiB are kept.
func TestKeptRepliesAreBounded(t *testing.T) {
	w := keepingWorld(t, map[string]string{"large": strings.Repeat("x", 60_000)}, nil)
	var requests strings.Builder
	for i := range 300 {
		fmt.Fprintf(&requests, "GET /large HTTP/1.1\r\nHost: a\r\nA: %d\r\n\r\n", i/2)
	}
	c := w.Connect(script(0, socktest.Send(requests.String()), socktest.CloseWrite()))
	w.Run(patience)
	if len(c.Received) < 300*60_000 {
		t.Fatalf("%d bytes came", len(c.Received))
	}
	for _, test := range []struct{ header, status int }{{0, 503}, {30, 200}, {149, 200}} {
		if status, _ := w.without(t, "/large", fmt.Sprint("A: ", test.header)); status != test.status {
			t.Errorf("%d, asked for once more: %d, want %d", test.header, status, test.status)
		}
	}
}

// A connection that is kept for a kept reply serves the next request, and one
// that is not closes.
func TestKeptRepliesOnOneConnection(t *testing.T) {
	w := keepingWorld(t, map[string]string{"hello.txt": content}, nil)
	get := "GET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\n"
	last := "GET /hello.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
	for range 3 {
		c := w.Connect(script(w.Now(), socktest.Send(get+get+"HEAD"+get[3:]+get+last)))
		w.Run(w.Now() + patience)
		w.WantIdle(t)
		if n := strings.Count(string(c.Received), content); n != 4 || strings.Count(string(c.Received), "HTTP/1.1 200 OK\r\n") != 5 {
			t.Errorf("%q", c.Received)
		}
	}
}
