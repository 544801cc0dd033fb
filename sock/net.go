package sock

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"time"
)

// A Listener is the seam between the callbacks and a listening socket. One
// goroutine at a time uses it. [Listen] makes one for TCP; package socktest
// makes one for a simulated network.
type Listener interface {
	// Accept takes the client that has waited longest. With none there it
	// waits for up to wait, and then fails with os.ErrDeadlineExceeded;
	// with a wait of zero it does not wait. Any other error means that
	// a client may be waiting but cannot be taken, say for want of
	// descriptors; a later call may succeed.
	Accept(wait time.Duration) (Conn, error)

	Addr() net.Addr
	Close() error
}

// A Dialer is the seam between ClientCallback and connecting. One goroutine at
// a time uses it. [Dial] makes one for TCP; package socktest makes one for
// a simulated network.
type Dialer interface {
	// Dial connects to the server. If that takes longer than wait, it fails
	// with os.ErrDeadlineExceeded, and the next call waits for the same
	// connection. Any other error means that the server cannot be reached;
	// the next call tries anew.
	Dial(wait time.Duration) (Conn, error)

	// Close gives up what the last call did not wait for.
	Close() error
}

// A Conn is the seam between the callbacks and one client's connection. One
// goroutine at a time uses it.
type Conn interface {
	// Read takes what has come, at most len(p) bytes. With nothing there
	// it waits for up to wait, and then fails with os.ErrDeadlineExceeded;
	// with a wait of zero it does not wait. It fails with io.EOF when
	// the client has shut its side and everything has been read.
	Read(p []byte, wait time.Duration) (int, error)

	// Write sends as much of p as can be sent without waiting, which
	// may be nothing: 0 bytes and no error mean that the client must read
	// first. The caller then offers the same bytes again.
	Write(p []byte) (int, error)

	// SendFile is Write of the n bytes of file from offset on, of which
	// there is at least one. Where the file ends before that, it fails with
	// io.ErrUnexpectedEOF. It leaves the file's own offset as it is.
	SendFile(file *os.File, offset, n int64) (int64, error)

	// CloseWrite tells the client that nothing more will be sent.
	CloseWrite() error

	Close() error
	RemoteAddr() net.Addr
}

// Listen listens for TCP clients on address, a host and a port as for
// [net.Listen]; port 0 picks a free one. Clients are not probed with
// keep-alives: one that has vanished meets the time limits of [Limits] first.
func Listen(address string) (Listener, error) {
	config := net.ListenConfig{KeepAlive: -1}
	l, err := config.Listen(context.Background(), "tcp", address)
	if err != nil {
		return nil, err
	}
	t, ok := l.(*net.TCPListener)
	if !ok {
		l.Close()
		return nil, fmt.Errorf("sock: listening on %s gave a %T, not a TCP listener", address, l)
	}
	return newListener(t)
}

// filePiece reads up to n bytes of file from offset on, for a SendFile that has
// to go by way of memory.
func filePiece(file *os.File, offset, n int64) ([]byte, error) {
	p := make([]byte, min(n, bufferSize))
	m, err := file.ReadAt(p, offset)
	switch {
	case m > 0:
		return p[:m], nil
	case err == io.EOF:
		return nil, io.ErrUnexpectedEOF
	}
	return nil, err
}
