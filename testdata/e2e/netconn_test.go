package e2e

import (
	"context"
	"net"
	"testing"

	"sockhttp/sock/netconn"
	"sockhttp/sock/tcp"
	"sockhttp/timer"

	"github.com/benbjohnson/clock"
	"golang.org/x/net/nettest"
)

// TestNetConn is what golang.org/x/net asks of any net.Conn, of those that
// package netconn makes. The other end of each is a plain TCP connection.
//
// None of its subtests can be played on the simulated network. TestConn runs each
// with t.Run, which testing/synctest forbids in a bubble; it takes deadlines from
// package time, and that network has a clock of its own; and its other end is
// a net.Conn, where the network's clients are scripts. So the tests of package
// netconn ask the same there: order and EOF, past, present, future and moved
// deadlines of reads and writes, several writers, and Close while others wait.
func TestNetConn(t *testing.T) {
	for name, swap := range map[string]bool{"ours first": false, "ours second": true} {
		t.Run(name, func(t *testing.T) {
			nettest.TestConn(t, func() (c1, c2 net.Conn, stop func(), err error) {
				ours, theirs, stop, err := connect()
				if swap {
					return theirs, ours, stop, err
				}
				return ours, theirs, stop, err
			})
		})
	}
}

// connect makes a connection over TCP. The stop function closes all of it.
func connect() (ours, theirs net.Conn, stop func(), err error) {
	polled, err := tcp.Listen("localhost:0")
	if err != nil {
		return nil, nil, nil, err
	}
	queue := timer.NewQueue(clock.New())
	listener := netconn.Listen(queue, polled)
	ctx, end := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		queue.Run(ctx)
	}()
	stop = func() {
		for _, c := range []net.Conn{ours, theirs} {
			if c != nil {
				c.Close()
			}
		}
		listener.Close()
		queue.Post(end)
		<-ended
	}
	if theirs, err = net.Dial("tcp", listener.Addr().String()); err == nil {
		ours, err = listener.Accept()
	}
	return ours, theirs, stop, err
}
