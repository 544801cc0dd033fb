package http_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sockhttp/http"
	"sockhttp/sock"
	"sockhttp/sock/socktest"
)

// A world is a server of a directory on a simulated network.
type world struct {
	*socktest.Server
	directory *http.Directory
	dir       string // that it serves
	routine   sock.Routine
	printed   []string // the request lines
}

// content is what hello.txt of every world holds.
const content = "hello, world\n"

// newWorld starts a server at time 0, with the pace and bytes of the post or
// with the default ones.
func newWorld(t testing.TB, posted bool) *world {
	t.Helper()
	w := makeWorld(t, posted)
	w.Start()
	return w
}

// makeWorld is newWorld without the start.
func makeWorld(t testing.TB, posted bool) *world {
	t.Helper()
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "hello.txt"), content)
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	directory := http.NewDirectory(root)
	routine := directory.SockHTTP
	if posted {
		routine = directory.PostedHTTP
	}
	w := &world{Server: socktest.NewServer(routine), dir: dir, directory: directory, routine: routine}
	directory.Print = func(words []string) { w.printed = append(w.printed, strings.Join(words, " ")) }
	if posted {
		w.Pace = sock.Posted()
		w.Limits.MaxClients = sock.PostedClients
	}
	return w
}

func writeFile(t testing.TB, name, data string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(data), 0o666); err != nil {
		t.Fatal(err)
	}
}

// patience is longer than any client can keep a unit that has been answered,
// or has a header to send.
const patience = 25 * time.Second

// ask plays a client that sends request, in these pieces and 30 ms apart, and
// returns what it got.
func (w *world) ask(t testing.TB, request ...string) *socktest.Client {
	t.Helper()
	var steps []socktest.Step
	for _, piece := range request {
		steps = append(steps, socktest.Send(piece), socktest.Pause(30*time.Millisecond))
	}
	c := w.Connect(socktest.Script{Connect: w.Now(), Steps: steps})
	w.Run(w.Now() + patience)
	w.WantIdle(t)
	return c
}

const get = "GET /hello.txt HTTP/1.1\r\nHost: localhost\r\n\r\n"

const postedReply = "HTTP/1.1 200 OK\r\nContent-Length: 13\r\nConnection: close\r\n\r\n" + content
