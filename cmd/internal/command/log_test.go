package command

import (
	"io"
	"testing"

	"sockhttp/sock"
	"sockhttp/timer"

	"github.com/benbjohnson/clock"
)

// BenchmarkLog is what the three lines of a request cost.
func BenchmarkLog(b *testing.B) {
	l := NewLog("test", timer.NewQueue(clock.New()), io.Discard, io.Discard, Normal)
	request := []string{"GET", "/galaxy.jpg", "HTTP/1.1"}
	b.ReportAllocs()
	for b.Loop() {
		l.event("SOCKHTTP", sock.Event{Kind: sock.Accepted, LUN: 1101})
		l.Print(request)
		l.event("SOCKHTTP", sock.Event{Kind: sock.Replied, LUN: 1101, Note: "200 OK", Bytes: 715_000, Wait: 123_456})
	}
}
