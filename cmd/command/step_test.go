package command

import (
	"context"
	"io"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sockhttp/cmd/control"
	"sockhttp/sock"
	"sockhttp/sock/socktest"
	"sockhttp/timer"

	"github.com/benbjohnson/clock"
)

// controlled runs a server with the flags of a command line in a bubble, where
// time is virtual. What f writes to stdin is its input.
func controlled(t *testing.T, args string, f func(stdin io.WriteCloser, logged *destination)) {
	synctest.Test(t, func(t *testing.T) {
		o := NewServerOptions(0, 10)
		flags := NewFlags("test", "", "")
		o.AddFlags(flags, "")
		rest, err := flags.Parse(strings.Fields(args), nil)
		if err == nil {
			err = o.Check(flags, rest)
		}
		if err != nil {
			t.Fatal(err)
		}
		to := &destination{}
		log := NewLog("test", to, to, o.Detail)
		c := control.New(clock.New())
		queue := timer.NewQueue(c.Clock())
		server := sock.NewServer(queue, c.Listener(socktest.NewNobody()), func(*sock.Unit) {})
		server.Pace, server.Trace = o.Pace, log.Trace("TEST")
		r, w := io.Pipe()
		o.Control(c, queue, server, r, log)
		server.Start()
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			queue.Run(ctx)
			close(ended)
		}()
		f(w, to)
		w.Close()
		stop()
		c.Release()
		<-ended
		log.Close()
	})
}

// Each line of the input runs one callback, however many lines come at once and
// however long nobody presses a key. The end of the input lets the server run.
func TestStep(t *testing.T) {
	for _, pace := range []string{"", "-as-posted "} {
		controlled(t, pace+"-step", func(stdin io.WriteCloser, logged *destination) {
			want := 0
			for _, lines := range []string{"", "\n", "\n", "step\n\n\n", "\n"} {
				io.WriteString(stdin, lines)
				want += strings.Count(lines, "\n")
				time.Sleep(time.Minute)
				if got := strings.Count(logged.String(), "  ListenerCallback\n"); got != want {
					t.Errorf("%s: after %d lines, %d callbacks have run:\n%s", pace, want, got, logged)
				}
			}
			stdin.Close()
			time.Sleep(time.Minute)
			_, after, ended := strings.Cut(logged.String(), "test: the input has ended, and the server runs\n")
			if !ended || !strings.Contains(after, " empty polls since ") {
				t.Errorf("%s: after the input has ended:\n%s", pace, after)
			}
		})
	}
}

// A server that is ten times slower than another does in 240 s what that does in
// 24 s.
func TestSlow(t *testing.T) {
	last := map[string]string{}
	for _, args := range []string{"-slow 20", "-slow 2"} {
		controlled(t, "-as-posted -v "+args, func(_ io.WriteCloser, logged *destination) {
			wait := 24 * time.Second
			if args == "-slow 20" {
				wait *= 10
			}
			time.Sleep(wait)
			for _, m := range regexp.MustCompile(`(?m)^ *([\d.]+) .* ListenerCallback$`).FindAllStringSubmatch(logged.String(), -1) {
				last[args] = m[1]
			}
		})
	}
	if last["-slow 2"] == "" || last["-slow 2"] != last["-slow 20"] {
		t.Errorf("the last poll that is written began at %v", last)
	}
}
