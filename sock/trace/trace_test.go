package trace_test

import (
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"sockhttp/sock/trace"
)

func TestEventString(t *testing.T) {
	for want, e := range map[string]trace.Event{
		"ServerCallback set in 100ms":               {Kind: trace.TimerSet, Callback: "ServerCallback", Delay: 100 * time.Millisecond},
		"ListenerCallback":                          {Kind: trace.TimerFired, Callback: "ListenerCallback"},
		"poll, waiting up to 10ms":                  {Kind: trace.PollBegun, Wait: 10 * time.Millisecond},
		"poll ended: nothing":                       {Kind: trace.PollEnded, LUN: 101, Err: os.ErrDeadlineExceeded},
		"poll ended: 44 bytes":                      {Kind: trace.PollEnded, LUN: 101, Bytes: 44},
		"poll ended: a client is waiting":           {Kind: trace.PollEnded, LUN: 100},
		"poll ended: the client has shut its side":  {Kind: trace.PollEnded, LUN: 101, Err: io.EOF},
		"poll ended: " + syscall.ECONNRESET.Error(): {Kind: trace.PollEnded, LUN: 101, Err: syscall.ECONNRESET},
		"accepted 192.0.2.7:99":                     {Kind: trace.Accepted, LUN: 101, Addr: &net.TCPAddr{IP: net.IPv4(192, 0, 2, 7), Port: 99}},
		"accept failed: EOF":                        {Kind: trace.AcceptFailed, LUN: 100, Err: io.EOF},
		"routine called":                            {Kind: trace.Dispatched},
		"wrote 71 bytes":                            {Kind: trace.Wrote, Bytes: 71},
		"dropped: EOF":                              {Kind: trace.Dropped, Err: io.EOF},
		"freed after 1s, 0 bytes written":           {Kind: trace.Freed, Took: time.Second},
		"replied after 100ms: 200 OK, 71 bytes":     {Kind: trace.Replied, Took: 100 * time.Millisecond, Note: "200 OK", Bytes: 71},
		"replied after 1s: 200 OK, 71 of 99 bytes":  {Kind: trace.Replied, Took: time.Second, Note: "200 OK", Bytes: 71, Of: 99, Err: io.EOF},
		"closed":   {Kind: trace.Closed},
		"event -1": {Kind: -1},
	} {
		if got := e.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
