package sock_test

import (
	"fmt"
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

// The Replied event of a reply that is cut short says so, and of how many bytes
// it was; a file counts, and what was sent before does not.
func TestReplyCutShort(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, []byte(strings.Repeat("x", 100_000)), 0o666); err != nil {
		t.Fatal(err)
	}
	reply := func(client *sock.Unit) {
		request := string(client.Input())
		client.Discard(len(request))
		client.Note(request)
		client.Write([]byte("head"))
		if request != "file" {
			return
		}
		file, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		client.SendFile(file, 0, 100_000)
	}
	reads := socktest.Script{Steps: []socktest.Step{socktest.Send("file")}}
	stuck := socktest.Script{Steps: reads.Steps, ReadSize: -1}
	reset := socktest.Script{Steps: []socktest.Step{socktest.Send("file"), socktest.Pause(100 * ms), socktest.Reset()}, ReadSize: -1}
	second := socktest.Script{Steps: []socktest.Step{socktest.Send("word"), socktest.Pause(100 * ms), socktest.Send("file")}, ReadSize: -1}
	const window = 64 << 10
	for _, test := range []struct {
		name   string
		script socktest.Script
		want   string
	}{
		{"a whole reply", reads, "[file 100004 of 0: <nil>]"},
		{"a client that does not read", stuck, fmt.Sprintf("[file %d of 100004: nothing sent for 30s: i/o timeout]", window)},
		{"a client that resets", reset, fmt.Sprintf("[file %d of 100004: write: broken pipe]", window)},
		{"the second reply", second, fmt.Sprintf("[word 4 of 0: <nil> file %d of 100004: nothing sent for 30s: i/o timeout]", window-4)},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(reply)
			w.Window = window
			w.Start()
			w.Connect(test.script)
			w.Run(time.Minute)
			var replies []string
			for _, e := range w.events {
				if e.Kind == trace.Replied {
					replies = append(replies, fmt.Sprintf("%s %d of %d: %v", e.Note, e.Bytes, e.Of, e.Err))
				}
			}
			want(t, "replies", fmt.Sprint(replies), test.want)
		})
	}
}

// A reply takes its time from when its request began, and not from the reply
// before; one to no request takes none.
func TestTheTimeOfReplies(t *testing.T) {
	var w *world
	w = newWorld(func(client *sock.Unit) {
		if len(client.Input()) == 0 {
			return
		}
		w.Skip(30 * ms)
		client.Discard(len(client.Input()))
		client.Note("reply")
		io.WriteString(client, "x")
		w.At(5*time.Second, func() {
			w.Queue.Post(func() {
				client.Note("news")
				io.WriteString(client, "y")
				client.Wake()
			})
		})
	})
	w.Start()
	w.Client(0, socktest.Send("a"), socktest.Pause(time.Second), socktest.Send("b"))
	w.Run(6 * time.Second)
	var took []string
	for _, e := range w.events {
		if e.Kind == trace.Replied && len(took) < 3 {
			took = append(took, fmt.Sprintf("%s after %v", e.Note, e.Took.Round(5*ms)))
		}
	}
	want(t, "replies", strings.Join(took, ", "), "reply after 30ms, reply after 30ms, news after 0s")
}
