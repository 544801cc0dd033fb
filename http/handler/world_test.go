package handler_test

import (
	"bufio"
	"bytes"
	"io"
	nethttp "net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sockhttp/http/handler"
	"sockhttp/sock/socktest"
)

// A world is a server of a handler on a simulated network.
type world struct {
	*socktest.Server
	root *os.Root // of a file server,
	dir  string   // and its name
	mark func()   // of one that keeps replies: the log is to tell of them
}

// newHandlerWorld starts a server of a handler at time 0.
func newHandlerWorld(t testing.TB, h nethttp.Handler, options *handler.Options) *world {
	t.Helper()
	w := &world{Server: socktest.NewServer(handler.Routine(h, options))}
	w.Start()
	return w
}

// newFileWorld starts a server of FileServer at time 0, for a folder with these
// files. All of them are of one time.
func newFileWorld(t *testing.T, dotfiles bool, files map[string]string) *world {
	t.Helper()
	dir := t.TempDir()
	for name, data := range files {
		name := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		writeFile(t, name, data)
		if err := os.Chtimes(name, time.Time{}, fileTime); err != nil {
			t.Fatal(err)
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	w := newHandlerWorld(t, handler.FileServer(root, dotfiles), nil)
	w.root, w.dir = root, dir
	return w
}

var fileTime = time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)

// fetch sends a request for path with these fields, the only one of its
// connection.
func (w *world) fetch(t *testing.T, path string, fields ...string) (r *nethttp.Response, body string) {
	t.Helper()
	c := w.Connect(script(w.Now(), socktest.Send("GET "+path+" HTTP/1.1\r\nHost: a\r\n"+strings.Join(append(fields, ""), "\r\n")+"\r\n"), socktest.CloseWrite()))
	w.Run(w.Now() + patience)
	w.WantIdle(t)
	r, err := nethttp.ReadResponse(bufio.NewReader(bytes.NewReader(c.Received)), nil)
	if err != nil {
		t.Fatalf("GET %s: %q: %v", path, c.Received, err)
	}
	data, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r, string(data)
}

// patience is longer than any client can keep a unit that has been answered,
// or has a header to send.
const patience = 25 * time.Second

const ms = time.Millisecond

// script is a client that connects at a time and does steps.
func script(connect time.Duration, steps ...socktest.Step) socktest.Script {
	return socktest.Script{Connect: connect, Steps: steps}
}

// content is what hello.txt holds.
const content = "hello, world\n"

func writeFile(t testing.TB, name, data string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(data), 0o666); err != nil {
		t.Fatal(err)
	}
}
