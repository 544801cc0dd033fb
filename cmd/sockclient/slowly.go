package main

import (
	"os"
	"time"

	"sockhttp/sock"
)

// A slowDialer makes connections that read no more than rate bytes a second.
type slowDialer struct {
	sock.Dialer
	rate int
	now  func() time.Time
}

func (d *slowDialer) Dial(wait time.Duration) (sock.Conn, error) {
	conn, err := d.Dialer.Dial(wait)
	if err != nil {
		return nil, err
	}
	return &slowConn{Conn: conn, dialer: d, began: d.now()}, nil
}

// A slowConn reads a piece every tenth of a second, or of a longer time if that is
// not enough for a byte. What it has not read fills the buffers of the network, and
// then the server must wait.
type slowConn struct {
	sock.Conn
	dialer *slowDialer
	began  time.Time
	read   int64
}

func (c *slowConn) Read(p []byte, wait time.Duration) (int, error) {
	rate := int64(c.dialer.rate)
	may := int64(c.dialer.now().Sub(c.began).Seconds()*float64(rate)) - c.read
	if may < max(1, rate/10) {
		return 0, os.ErrDeadlineExceeded
	}
	n, err := c.Conn.Read(p[:min(int64(len(p)), may)], wait)
	c.read += int64(n)
	return n, err
}
