package socktest

import (
	"net"
	"os"
	"time"

	"sockhttp/sock"
)

// Nobody is a listener to which no client comes. Its wait is in the time of
// package time, which is virtual in a bubble of testing/synctest.
type Nobody struct{ interrupt chan struct{} }

// NewNobody returns such a listener.
func NewNobody() Nobody { return Nobody{make(chan struct{}, 1)} }

func (l Nobody) Accept(wait time.Duration) (sock.Conn, error) {
	if wait > 0 {
		select {
		case <-time.After(wait):
		case <-l.interrupt:
		}
	}
	return nil, os.ErrDeadlineExceeded
}

func (l Nobody) Interrupt() {
	select {
	case l.interrupt <- struct{}{}:
	default: // one interruption is enough
	}
}

func (l Nobody) Addr() net.Addr { return nil }
func (l Nobody) Close() error   { return nil }
