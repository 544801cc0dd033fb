package sock_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sockhttp/sock"
	"sockhttp/sock/socktest"
	"sockhttp/sock/trace"
)

// openFile is a file of so many bytes.
func openFile(t *testing.T, size int) *os.File {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, []byte(strings.Repeat("x", size)), 0o666); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return file
}

// A unit is given back once, and its connection closed once, though the routine
// panics after it has freed the unit. What was not sent by then is not sent.
func TestAPanicAfterFree(t *testing.T) {
	for _, reply := range []string{"", "reply"} {
		freed := 0
		w := newWorld(func(client *sock.Unit) {
			client.OnFree = func(error) { freed++ }
			io.WriteString(client, reply)
			client.Free()
			panic("too late")
		})
		w.Start()
		c := w.Client(0, socktest.Send("a"))
		w.Run(time.Minute)
		want(t, "units freed", w.luns(trace.Freed), "101")
		want(t, "connections closed", w.luns(trace.Closed), "101")
		want(t, "calls of OnFree", freed, 1)
		want(t, "received", string(c.Received), "")
		w.WantIdle(t)
	}
}

// What is written after Free is dropped, also while what was written before is
// still going out; and a file is closed.
func TestOutputAfterFree(t *testing.T) {
	for _, reply := range []string{"", "reply"} {
		file := openFile(t, 100_000)
		w := newWorld(func(client *sock.Unit) {
			io.WriteString(client, reply)
			client.Free()
			io.WriteString(client, "more")
			client.SendBytes([]byte("more"))
			client.SendFile(file, 0, 100_000)
			client.CloseWrite()
			client.Free()
		})
		w.Start()
		c := w.Client(0, socktest.Send("a"))
		w.Run(time.Minute)
		want(t, "received", string(c.Received), reply)
		want(t, "end", c.End, io.EOF)
		want(t, "units freed", w.luns(trace.Freed), "101")
		if _, err := file.Read(nil); !errors.Is(err, os.ErrClosed) {
			t.Errorf("the file is open: %v", err)
		}
		w.WantIdle(t)
	}
}

// A reply may be a file and nothing else. It goes out a mebibyte at a time, so
// that others are served meanwhile.
func TestALargeFileAlone(t *testing.T) {
	const size = 5 << 20
	file := openFile(t, size)
	w := newWorld(func(client *sock.Unit) {
		client.SendFile(file, 0, size)
		client.Free()
	})
	w.Window = 2 * size
	w.Start()
	c := w.Client(0, socktest.Send("a"))
	w.Run(time.Minute)
	want(t, "bytes received", len(c.Received), size)
	var wrote []int64
	for _, e := range w.events {
		if e.Kind == trace.Wrote {
			wrote = append(wrote, e.Bytes)
			if e.Bytes > 1<<20 {
				t.Errorf("%d bytes were sent in one step", e.Bytes)
			}
		}
	}
	want(t, "steps", len(wrote), 5)
	w.WantIdle(t)
}

// A client that resets is dropped when the next byte is offered, and not when
// the time for sending is over.
func TestAResetDuringAReply(t *testing.T) {
	file := openFile(t, 1<<20)
	w := newWorld(func(client *sock.Unit) {
		client.SendFile(file, 0, 1<<20)
		client.Free()
	})
	w.Start()
	w.Connect(socktest.Script{ReadSize: -1, Steps: []socktest.Step{socktest.Send("a"), socktest.Pause(500 * ms), socktest.Reset()}})
	w.Run(650 * ms)
	want(t, "dropped", w.luns(trace.Dropped), "101")
	w.WantIdle(t)
}
