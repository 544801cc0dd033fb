package exchange_test

import (
	"io"
	"testing"
	"time"

	"sockhttp/sock/internal/exchange"
	"sockhttp/sock/trace"
)

// What Replied tells counts from the request's first byte, and only what belongs
// to the reply.
func TestEnd(t *testing.T) {
	at := func(ms int) time.Duration { return time.Duration(ms) * time.Millisecond }
	e := exchange.Begun(at(2))
	if _, ok := e.End(at(1), 5, 0, nil); ok {
		t.Error("what was not noted is told of as a reply")
	}
	for _, test := range []struct {
		began      int // in milliseconds; -1 if no request did
		ended      int
		sent, left int64
		want       trace.Event
	}{
		{3, 10, 30, 0, trace.Event{Took: 8 * time.Millisecond, Bytes: 30}},
		{20, 21, 50, 0, trace.Event{Took: time.Millisecond, Bytes: 20}},
		{-1, 30, 60, 0, trace.Event{Bytes: 10}}, // a greeting
		{40, 45, 61, 9, trace.Event{Took: 5 * time.Millisecond, Bytes: 1, Of: 10, Err: io.EOF}},
	} {
		if test.began >= 0 {
			e.Begin(at(test.began))
			e.Begin(at(test.began + 1)) // more of it comes
		}
		e.Note = "note"
		test.want.Kind, test.want.Note = trace.Replied, "note"
		if got, ok := e.End(at(test.ended), test.sent, test.left, io.EOF); got != test.want || !ok {
			t.Errorf("%+v, %t; want %+v", got, ok, test.want)
		}
	}
}
