//go:build linux || freebsd || darwin

package sock

import (
	"net"
	"syscall"
	"testing"
	"time"

	"sockhttp/timer"

	"github.com/benbjohnson/clock"
)

// BenchmarkIdle looks at a connected client that says nothing: by a read(2)
// that does not block and nothing else, by PollInput, and by a whole
// ServerCallback with its way through the queue.
func BenchmarkIdle(b *testing.B) {
	listener, err := Listen("127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer listener.Close()
	dialed, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	defer dialed.Close()
	queue := timer.NewQueue(clock.New())
	server := NewServer(queue, listener, func(*Unit) { b.Error("the routine was called") })
	server.Limits.Input = time.Hour
	client, err := server.accept(time.Minute)
	if err != nil {
		b.Fatal(err)
	}
	defer client.conn.Close()
	server.Pace.PollWait = 0
	client.rhythm.active = time.Now().Add(time.Hour) // as if it had just been busy: again at once
	server.setServerCallback(client)

	b.Run("read", func(b *testing.B) {
		fd, buffer := client.conn.(*rawConn).fd, make([]byte, bufferSize)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := syscall.Read(fd, buffer); err != syscall.EAGAIN {
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
