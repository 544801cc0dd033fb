package sock_test

import (
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"sockhttp/sock"
)

func TestEventString(t *testing.T) {
	for want, e := range map[string]sock.Event{
		"ServerCallback set in 100ms":               {Kind: sock.TimerSet, Callback: "ServerCallback", Delay: 100 * ms},
		"ListenerCallback":                          {Kind: sock.TimerFired, Callback: "ListenerCallback"},
		"poll, waiting up to 10ms":                  {Kind: sock.PollBegun, Wait: 10 * ms},
		"poll ended: nothing":                       {Kind: sock.PollEnded, LUN: 101, Err: os.ErrDeadlineExceeded},
		"poll ended: 44 bytes":                      {Kind: sock.PollEnded, LUN: 101, Bytes: 44},
		"poll ended: a client is waiting":           {Kind: sock.PollEnded, LUN: 100},
		"poll ended: the client has shut its side":  {Kind: sock.PollEnded, LUN: 101, Err: io.EOF},
		"poll ended: " + syscall.ECONNRESET.Error(): {Kind: sock.PollEnded, LUN: 101, Err: syscall.ECONNRESET},
		"accepted 192.0.2.7:99":                     {Kind: sock.Accepted, LUN: 101, Addr: &net.TCPAddr{IP: net.IPv4(192, 0, 2, 7), Port: 99}},
		"accept failed: EOF":                        {Kind: sock.AcceptFailed, LUN: 100, Err: io.EOF},
		"routine called":                            {Kind: sock.Dispatched},
		"wrote 71 bytes":                            {Kind: sock.Wrote, Bytes: 71},
		"dropped: EOF":                              {Kind: sock.Dropped, Err: io.EOF},
		"freed after 1s, 0 bytes written":           {Kind: sock.Freed, Took: time.Second},
		"replied after 100ms: 200 OK, 71 bytes":     {Kind: sock.Replied, Took: 100 * ms, Note: "200 OK", Bytes: 71},
		"replied after 1s: 200 OK, 71 of 99 bytes":  {Kind: sock.Replied, Took: time.Second, Note: "200 OK", Bytes: 71, Of: 99, Err: io.EOF},
		"closed":   {Kind: sock.Closed},
		"event -1": {Kind: -1},
	} {
		if got := e.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
