package http_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"sockhttp/http"
	"sockhttp/sock"
	"sockhttp/sock/socktest"
	"sockhttp/timer"
)

// fetch has a Fetch get /hello.txt from a server of a routine. It returns what
// was written, the progress, and the two errors.
func fetch(t *testing.T, routine sock.Routine, to io.Writer, change func(w *world)) (progress []string, done, err error) {
	t.Helper()
	w := &world{Server: socktest.NewServer(routine)}
	w.Start()
	if change != nil {
		change(w)
	}
	f := &http.Fetch{Host: "localhost:8000", Path: "/hello.txt?x", To: to, Progress: func(come, of int64) { progress = append(progress, fmt.Sprint(come, "/", of)) }}
	client := sock.NewClient(w.Queue, w.Dialer(), f.Routine)
	ended := 0
	client.OnDone = func(err error) { ended, done = ended+1, err }
	client.Start()
	w.Run(5 * time.Minute)
	w.WantIdle(t)
	if ended != 1 {
		t.Errorf("it ended %d times", ended)
	}
	return progress, done, f.Err
}

// says is a routine that answers its client with pieces, of which each is sent
// before the next, and shuts its side.
func says(pieces ...string) func(client *sock.Unit) {
	return func(client *sock.Unit) {
		client.LimitInput(time.Hour)
		switch {
		case !strings.HasSuffix(string(client.Input()), "\r\n\r\n"):
		case len(pieces) == 0:
			client.Free()
		default:
			io.WriteString(client, pieces[0])
			pieces = pieces[1:]
			client.CallAgain()
		}
	}
}

// saysAndStays is like says, but leaves the connection open.
func saysAndStays(piece string) func(client *sock.Unit) {
	said := false
	return func(client *sock.Unit) {
		client.LimitInput(time.Hour)
		if !said && strings.HasSuffix(string(client.Input()), "\r\n\r\n") {
			said = true
			io.WriteString(client, piece)
		}
	}
}

// A file that SockHTTP sends arrives, whole and in any pieces.
func TestFetch(t *testing.T) {
	for chop := range 4 {
		files := newWorld(t, chop%2 == 0)
		var to strings.Builder
		progress, done, err := fetch(t, files.routine, &to, func(w *world) {
			w.Latency = 3 * ms
			if chop > 0 {
				w.Chop = func(n int) int { return min(n, chop) }
			}
		})
		if chop%2 == 0 { // as posted, the name is taken with its query
			if err == nil || !strings.Contains(err.Error(), "the server answers \"404 Not Found\"") && !strings.Contains(err.Error(), "the connection ended before the reply's head did") || to.Len() > 0 {
				t.Errorf("as posted: %q, %v", &to, err)
			}
			continue
		}
		if to.String() != content || done != nil || err != nil || progress[len(progress)-1] != "13/13" {
			t.Errorf("in pieces of %d: %q, %v, %v, progress %v", chop, &to, done, err, progress)
		}
	}
}

// Whatever else comes in place of the file is an error that says so, and not a
// byte too many is written.
func TestFetchFails(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
	for _, test := range []struct {
		name    string
		routine sock.Routine
		written string
		want    string // the error
	}{
		{"whole", says(head + "hello"), "hello", "<nil>"},
		{"more than whole", says(head + "hello, world"), "hello", "<nil>"},
		{"nothing in it", says("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), "", "<nil>"},
		{"early hints", says("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", head, "hello"), "hello", "<nil>"},
		{"a place beside the file", says("HTTP/1.1 200 OK\r\nLocation: /elsewhere\r\nContent-Length: 5\r\n\r\nhello"), "hello", "<nil>"},
		{"short", says(head + "hel"), "hel", "the connection ended after 3 bytes of 5"},
		{"no body", says(head), "", "the connection ended after 0 bytes of 5"},
		{"no end of the head", says("HTTP/1.1 200 OK\r\n"), "", "the connection ended before the reply's head did"},
		{"nothing", says(), "", "the connection ended before the reply's head did"},
		{"another status", says("HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nhello"), "", `the server answers "404 Not Found"`},
		{"a redirect", says("HTTP/1.1 301 Moved Permanently\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"), "", `the server answers "301 Moved Permanently"; ask for "/elsewhere"`},
		{"no length", says("HTTP/1.1 200 OK\r\n\r\nhello"), "", "the reply has no Content-Length, and so its end would not be known"},
		{"chunks", says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"), "", "the reply has no Content-Length, and so its end would not be known"},
		{"a bad length", says("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello"), "", `the reply is not HTTP: bad Content-Length "-5"`},
		{"no HTTP", says("220 ftp ready\r\n\r\n"), "", `the reply is not HTTP: malformed HTTP status code "ftp"`},
		{"an endless head", says("HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 100_000)), "", "the reply's head is longer than 64 KiB"},
		{"silence", func(client *sock.Unit) { client.LimitInput(time.Hour) }, "", "the head of the reply did not come within 30s"},
		{"silence in the body", saysAndStays(head + "hel"), "hel", "the server has sent nothing for 30s"},
		{"hints without end", says(strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", 3000)), "", "the reply's head is longer than 64 KiB"},
		{"a reason", says("HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 29\r\n\r\nno such \x1bfile; ", "see /\r\nmore"), "", `the server answers "404 Not Found": "no such \x1bfile; see /"`},
		{"a reason with the status", says("HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\n\r\n404 Not Found: no file\n"), "", `the server answers "404 Not Found": "no file"`},
		{"a reason that ends with the connection", says("HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\n\r\nno such", " file"), "", `the server answers "404 Not Found": "no such file"`},
		{"a reason that ends with its length", saysAndStays("HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 7\r\n\r\nno such"), "", `the server answers "404 Not Found": "no such"`},
		{"a reason without end", saysAndStays("HTTP/1.1 500 Oops\r\nContent-Type: text/plain\r\n\r\n" + strings.Repeat("x", 100_000)), "", `the server answers "500 Oops": "` + strings.Repeat("x", 200) + `"`},
		{"a reason that does not come", saysAndStays("HTTP/1.1 500 Oops\r\nContent-Type: text/plain\r\n\r\n"), "", `the server answers "500 Oops"`},
		{"a page in place of a reason", says("HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\n\r\n<html>\n"), "", `the server answers "404 Not Found"`},
		{"chunks in place of a reason", says("HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"), "", `the server answers "404 Not Found"`},
		{"the post's 404", says("HTTP/1.1 404 Not Found\r\nConnection: close\r\n"), "", `the server answers "404 Not Found"`},
	} {
		var to strings.Builder
		_, done, err := fetch(t, test.routine, &to, nil)
		if to.String() != test.written || done != nil || fmt.Sprint(err) != test.want {
			t.Errorf("%s: %q, %v, %v; want %q, %q", test.name, &to, done, err, test.written, test.want)
		}
	}
	full := errors.New("the disk is full")
	if _, _, err := fetch(t, says(head+"hello"), failing{full}, nil); err != full {
		t.Errorf("without room: %v", err)
	}
}

type failing struct{ err error }

func (f failing) Write(p []byte) (int, error) { return 0, f.err }

// What has come counts, even if the client was stopped for longer than a server
// may be silent.
func TestFetchAfterStop(t *testing.T) {
	var to strings.Builder
	large := strings.Repeat("x", 200_000)
	_, done, err := fetch(t, says("HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n"+large), &to, func(w *world) {
		w.Latency = 5 * ms
		w.Limits.SendTimeout = time.Hour
		w.At(25*ms, func() { w.Skip(31 * time.Second) })
	})
	if to.String() != large || done != nil || err != nil {
		t.Errorf("%d bytes, %v, %v", to.Len(), done, err)
	}
}

// A head that comes a byte a second, or as one interim reply after the other, is
// not waited for longer than any other.
func TestFetchSlowHead(t *testing.T) {
	for name, piece := range map[string]string{"a byte a second": "x", "a hint a second": "HTTP/1.1 103 Early Hints\r\n\r\n"} {
		var w *socktest.Server
		w = socktest.NewServer(func(client *sock.Unit) {
			client.LimitInput(time.Hour)
			if client.Value != nil {
				return
			}
			client.Value = "asked"
			var again func(timer.ID)
			again = func(timer.ID) {
				io.WriteString(client, piece)
				if w.Now() < 5*time.Minute {
					w.Queue.Set(time.Second, again)
				}
			}
			w.Queue.Set(0, again)
		})
		w.Start()
		f := &http.Fetch{Host: "localhost", Path: "/", To: io.Discard}
		c := sock.NewClient(w.Queue, w.Dialer(), f.Routine)
		var doneAt time.Duration
		c.OnDone = func(error) { doneAt = w.Now() }
		c.Start()
		w.Run(10 * time.Minute)
		if f.Err == nil || f.Err.Error() != "the head of the reply did not come within 30s" || doneAt < 30*time.Second || doneAt > 31*time.Second {
			t.Errorf("%s: %v at %v", name, f.Err, doneAt)
		}
	}
}

// However slow a server is, the file may take as long as something of it comes.
func TestFetchSlowly(t *testing.T) {
	piece := 0
	var client *sock.Unit
	w := socktest.NewServer(func(c *sock.Unit) {
		client = c
		c.LimitInput(time.Hour)
		if piece == 0 {
			piece++
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n")
		}
	})
	w.Start()
	for i := range 10 {
		w.At(time.Duration(i+1)*25*time.Second, func() {
			w.Queue.Set(0, func(timer.ID) { io.WriteString(client, "x") })
		})
	}
	var to strings.Builder
	f := &http.Fetch{Host: "localhost", Path: "/", To: &to}
	c := sock.NewClient(w.Queue, w.Dialer(), f.Routine)
	var doneAt time.Duration
	c.OnDone = func(error) { doneAt = w.Now() }
	c.Start()
	w.Run(10 * time.Minute)
	if to.String() != "xxxxxxxxxx" || f.Err != nil || doneAt < 250*time.Second || doneAt > 254*time.Second {
		t.Errorf("%q, %v at %v", &to, f.Err, doneAt)
	}
}
