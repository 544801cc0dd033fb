package command

import (
	"io"
	"strings"
	"testing"
	"time"

	"sockhttp/sock"
)

// The pace is the post's with -as-posted. Without it, a server that nobody uses
// waits for longer. A time that is given holds with both.
func TestThePaceOfAServer(t *testing.T) {
	const s, ms = time.Second, time.Millisecond
	given := sock.Pace{Interval: 5 * s, ListenWait: s, PollWait: 2 * ms, Batch: 1}
	quick := sock.Eager()
	quick.ListenWait = 100 * ms
	for args, want := range map[string]sock.Pace{
		"":                   {Interval: 100 * ms, ListenWait: s, PollWait: 10 * ms, Batch: 64, Eager: true},
		"-listen-wait 100ms": quick,
		"-as-posted":         sock.Posted(),
		"-as-posted -interval 5s -listen-wait 1s -poll-wait 2ms": given,
	} {
		o := NewServerOptions(8000, 1024)
		f := NewFlags("prog", "prog [flags] [PORT]", "Serves.")
		o.AddFlags(f, "does as the post does")
		rest, err := f.Parse(strings.Fields(args), io.Discard)
		if err == nil {
			err = o.Check(f, rest)
		}
		if err != nil || o.Pace != want {
			t.Errorf("%q: %+v, %v; want %+v", args, o.Pace, err, want)
		}
	}
}
