package tcp

import (
	"context"
	"net"
	"os"
	"time"

	"sockhttp/sock"
)

// Dial returns a Dialer that connects over TCP to address, a host and a port as
// for [net.Dial].
func Dial(address string) sock.Dialer { return &tcpDialer{address: address} }

// DialNarrow is Dial with a buffer of 64 KiB for what arrives, where the system
// would let it grow to some megabytes: a server notices sooner if such a client
// does not read. With less, the two systems would wait for each other.
func DialNarrow(address string) sock.Dialer { return &tcpDialer{address: address, narrow: true} }

// A tcpDialer connects on a goroutine of its own: looking up a name, and a far
// server, may take longer than a callback may.
type tcpDialer struct {
	address string
	narrow  bool
	result  chan dialled // of the attempt that is under way
	cancel  context.CancelFunc
}

type dialled struct {
	conn net.Conn
	err  error
}

func (d *tcpDialer) Dial(wait time.Duration) (sock.Conn, error) {
	if d.result == nil {
		ctx, cancel := context.WithCancel(context.Background())
		result := make(chan dialled, 1)
		d.result, d.cancel = result, cancel
		go func() {
			conn, err := (&net.Dialer{KeepAlive: -1}).DialContext(ctx, "tcp", d.address)
			result <- dialled{conn, err}
		}()
	}
	select {
	case r := <-d.result:
		return d.take(r)
	default:
	}
	if wait <= 0 {
		return nil, os.ErrDeadlineExceeded
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case r := <-d.result:
		return d.take(r)
	case <-t.C:
		return nil, os.ErrDeadlineExceeded
	}
}

// take ends the attempt that gave r.
func (d *tcpDialer) take(r dialled) (sock.Conn, error) {
	d.cancel()
	d.result = nil
	if r.err != nil {
		return nil, r.err
	}
	conn := r.conn.(*net.TCPConn)
	if d.narrow {
		conn.SetReadBuffer(64 << 10) // it works with a larger one, too
	}
	return newConn(conn)
}

func (d *tcpDialer) Close() error {
	if d.result == nil {
		return nil
	}
	d.cancel()
	r := <-d.result
	d.result = nil
	if r.conn != nil {
		return r.conn.Close()
	}
	return nil
}
