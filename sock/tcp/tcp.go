// Package tcp is the seam of package sock on real sockets: TCP, polled.
package tcp

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"

	"sockhttp/sock"
)

// Listen listens for TCP clients on address, a host and a port as for
// [net.Listen]; port 0 picks a free one. Clients are not probed with
// keep-alives: one that has vanished meets the time limits of [sock.Limits]
// first.
func Listen(address string) (sock.Listener, error) {
	config := net.ListenConfig{KeepAlive: -1}
	l, err := config.Listen(context.Background(), "tcp", address)
	if err != nil {
		return nil, err
	}
	t, ok := l.(*net.TCPListener)
	if !ok {
		l.Close()
		return nil, fmt.Errorf("tcp: listening on %s gave a %T, not a TCP listener", address, l)
	}
	return newListener(t)
}

// pieceSize is how many bytes of a file go through memory at once, where they
// have to.
const pieceSize = 64 << 10

// filePiece reads up to n bytes of file from offset on, for a SendFile that has
// to go by way of memory.
func filePiece(file *os.File, offset, n int64) ([]byte, error) {
	p := make([]byte, min(n, pieceSize))
	m, err := file.ReadAt(p, offset)
	switch {
	case m > 0:
		return p[:m], nil
	case err == io.EOF:
		return nil, io.ErrUnexpectedEOF
	}
	return nil, err
}
