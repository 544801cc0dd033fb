package sock

import (
	"net"
	"os"
	"time"
)

// The seam between the callbacks and the network. Package tcp implements it on
// real sockets, and package socktest on a simulated network.

// A Listener is a listening socket. One goroutine at a time uses it, Interrupt
// apart.
type Listener interface {
	// Accept takes the client that has waited longest. With none there it
	// waits for up to wait, and then fails with os.ErrDeadlineExceeded;
	// with a wait of zero it does not wait. Any other error means that
	// a client may be waiting but cannot be taken, say for want of
	// descriptors; a later call may succeed.
	Accept(wait time.Duration) (Conn, error)

	// Interrupt ends the wait of an Accept that is waiting, as if its time
	// were over, or else may end that of the next. Any goroutine may call it.
	Interrupt()

	Addr() net.Addr
	Close() error
}

// A ListPoller is a Listener that can ask about many connections at once, as
// IDL's FILE_POLL_INPUT can be given a list of units. Where a listener cannot,
// the connections are asked one after the other.
type ListPoller interface {
	// PollList answers what is asked of the connections of the list, all of
	// which came from the listener and are open. If there is nothing yet, it
	// waits for up to wait for one of them, or for a client to accept; it
	// reports whether there is one of these. Interrupt ends its wait as it ends
	// that of Accept, and it may end sooner without any cause.
	PollList(list []Asked, wait time.Duration) (waiting bool)
}

// Asked is what is asked of a connection.
type Asked struct {
	Conn   Conn
	Input  bool // would Read find something: input, its end, or an error?
	Output bool // would Write be able to send something, or fail?
	Ready  bool // the answer
}

// A Dialer connects to a server. One goroutine at a time uses it.
type Dialer interface {
	// Dial connects to the server. If that takes longer than wait, it fails
	// with os.ErrDeadlineExceeded, and the next call waits for the same
	// connection. Any other error means that the server cannot be reached;
	// the next call tries anew.
	Dial(wait time.Duration) (Conn, error)

	// Close gives up what the last call did not wait for.
	Close() error
}

// A Conn is one client's connection. One goroutine at a time uses it.
type Conn interface {
	// Read takes what has come, at most len(p) bytes. With nothing there
	// it waits for up to wait, and then fails with os.ErrDeadlineExceeded;
	// with a wait of zero it does not wait, and may miss what came within the
	// last millisecond; with one below zero it misses nothing. It fails with
	// io.EOF when the client has shut its side and everything has been read.
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

	// RemoteAddr is the client's address. Any goroutine may ask it for its text;
	// its type is the seam's own.
	RemoteAddr() net.Addr
}

// missNothing is a wait for [Conn.Read].
const missNothing time.Duration = -1
