//go:build (linux || freebsd || darwin) && !deadline

package tcp

import (
	"net"
	"syscall"
	"testing"
	"time"

	"sockhttp/sock"
	"sockhttp/timer"

	"github.com/benbjohnson/clock"
)

// A keepingListener keeps the connection that it accepted last.
type keepingListener struct {
	sock.Listener
	conn sock.Conn
}

func (l *keepingListener) Accept(wait time.Duration) (sock.Conn, error) {
	conn, err := l.Listener.Accept(wait)
	if err == nil {
		l.conn = conn
	}
	return conn, err
}

// BenchmarkIdle looks at a connected client that says nothing: by a read(2)
// that does not block and nothing else, by PollInput, and by a whole
// ServerCallback with its way through the queue.
func BenchmarkIdle(b *testing.B) {
	l, err := Listen("127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	listener := &keepingListener{Listener: l}
	dialed, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	defer dialed.Close()
	if _, err := dialed.Write([]byte("x")); err != nil {
		b.Fatal(err)
	}
	queue := timer.NewQueue(clock.New())
	var client *sock.Unit
	server := sock.NewServer(queue, listener, func(u *sock.Unit) {
		if client != nil {
			b.Error("the routine was called again")
		}
		client = u
	})
	server.Pace = sock.Pace{Batch: 1}                                   // every callback again at once, and no waiting
	server.Limits = sock.Limits{MaxClients: 1, InputTimeout: time.Hour} // then ListenerCallback is not set any more
	for server.Start(); client == nil; queue.Step() {
	}
	defer listener.conn.Close()

	b.Run("read", func(b *testing.B) {
		fd, buffer := listener.conn.(*rawConn).fd, make([]byte, pieceSize)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := syscall.Read(int(fd), buffer); err != syscall.EAGAIN {
				b.Fatal(err)
			}
		}
	})
	b.Run("PollInput", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if client.PollInput(0) {
				b.Fatal(client.Err())
			}
		}
	})
	b.Run("ServerCallback", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			queue.Step()
		}
		if queue.Len() != 1 {
			b.Fatalf("%d callbacks are set", queue.Len())
		}
	})
}
