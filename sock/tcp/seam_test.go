package tcp

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"runtime"
	"testing"
	"time"

	"sockhttp/sock"
	"sockhttp/sock/socktest"
)

// long is a wait that a test does not see the end of.
const long = time.Minute

// A seam is an implementation for TCP.
type seam struct {
	name   string
	listen func(*net.TCPListener) (sock.Listener, error)
}

// seams are this system's, and the one for systems whose sockets cannot be asked
// without waiting.
var seams = []seam{
	{"native", newListener},
	{"deadline", func(l *net.TCPListener) (sock.Listener, error) { return newDeadlineListener(l), nil }},
}

// new returns a listener of the implementation.
func (s seam) new(t *testing.T) sock.Listener {
	t.Helper()
	tcp, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	l, err := s.listen(tcp)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// onSeams runs test with a listener of each implementation.
func onSeams(t *testing.T, test func(t *testing.T, l sock.Listener)) {
	for _, seam := range seams {
		t.Run(seam.name, func(t *testing.T) {
			l := seam.new(t)
			t.Cleanup(func() { l.Close() })
			test(t, l)
		})
	}
}

// connect returns both ends of a new connection.
func connect(t *testing.T, l sock.Listener) (sock.Conn, *net.TCPConn) {
	t.Helper()
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	conn, err := l.Accept(long)
	if err != nil {
		t.Fatal(err)
	}
	return conn, client.(*net.TCPConn)
}

func wantTimeout(t *testing.T, what string, err error) {
	t.Helper()
	if err != os.ErrDeadlineExceeded {
		t.Errorf("%s: %v, want %v", what, err, os.ErrDeadlineExceeded)
	}
}

func TestSeamAccept(t *testing.T) {
	onSeams(t, func(t *testing.T, l sock.Listener) {
		_, err := l.Accept(0)
		wantTimeout(t, "without a client and without waiting", err)
		const wait = 20 * time.Millisecond
		began := time.Now()
		_, err = l.Accept(wait)
		wantTimeout(t, "without a client", err)
		if waited := time.Since(began); waited < wait {
			t.Errorf("waited for %v, want %v", waited, wait)
		}

		// One that comes while the listener is waited for, and is named.
		dialed := make(chan net.Conn)
		go func() {
			c, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				t.Error(err)
			}
			dialed <- c
		}()
		conn, err := l.Accept(long)
		client := <-dialed
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		defer conn.Close()
		if got, want := conn.RemoteAddr().String(), client.LocalAddr().String(); got != want {
			t.Errorf("the client is %s, want %s", got, want)
		}

		// Waiting connections come in their order.
		var clients []net.Conn
		for range 3 {
			c, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			clients = append(clients, c)
		}
		for i, c := range clients {
			conn, err := l.Accept(long)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if conn.RemoteAddr().String() != c.LocalAddr().String() {
				t.Errorf("client %d is %v, want %v", i, conn.RemoteAddr(), c.LocalAddr())
			}
		}

		l.Close()
		for _, wait := range []time.Duration{0, 0, long} {
			if _, err := l.Accept(wait); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("a closed listener: %v, want an error of its own", err)
			}
		}
	})
}

func TestSeamRead(t *testing.T) {
	onSeams(t, func(t *testing.T, l sock.Listener) {
		conn, client := connect(t, l)
		defer conn.Close()
		p := make([]byte, 4)
		for range 2 { // a wait that was over must not spoil the next read
			_, err := conn.Read(p, 0)
			wantTimeout(t, "nothing sent, without waiting", err)
			const wait = 5 * time.Millisecond
			began := time.Now()
			_, err = conn.Read(p, wait)
			wantTimeout(t, "nothing sent", err)
			if waited := time.Since(began); waited < wait {
				t.Errorf("waited for %v, want %v", waited, wait)
			}
		}
		go client.Write([]byte("abcdef"))
		got, err := io.ReadAll(io.LimitReader(reader{conn}, 6))
		if string(got) != "abcdef" || err != nil {
			t.Errorf("read %q, %v", got, err)
		}
		client.CloseWrite()
		for range 2 {
			if n, err := conn.Read(p, long); n != 0 || err != io.EOF {
				t.Errorf("after the client's shut: %d, %v", n, err)
			}
		}
		// The client may still be written to.
		if n := writeAll(t, conn, []byte("reply")); n != 5 {
			t.Errorf("wrote %d bytes", n)
		}
		if err := conn.CloseWrite(); err != nil {
			t.Error(err)
		}
		if got, err := io.ReadAll(client); string(got) != "reply" || err != nil {
			t.Errorf("the client read %q, %v", got, err)
		}
	})
}

// reader makes the seam's Read an io.Reader.
type reader struct{ sock.Conn }

func (r reader) Read(p []byte) (int, error) { return r.Conn.Read(p, long) }

// writeAll offers p until all of it is sent.
func writeAll(t *testing.T, conn sock.Conn, p []byte) (sent int) {
	t.Helper()
	for sent < len(p) {
		n, err := conn.Write(p[sent:])
		if err != nil {
			t.Errorf("after %d bytes: %v", sent, err)
			return sent
		}
		sent += n
		runtime.Gosched() // the client or a writing goroutine must get on
	}
	return sent
}

func TestSeamReset(t *testing.T) {
	onSeams(t, func(t *testing.T, l sock.Listener) {
		conn, client := connect(t, l)
		defer conn.Close()
		client.SetLinger(0)
		client.Close()
		_, err := conn.Read(make([]byte, 1), long)
		if err == nil || err == io.EOF || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("reading a reset connection: %v", err)
		}
		for err = nil; err == nil; {
			_, err = conn.Write([]byte("x"))
			runtime.Gosched()
		}
	})
}

// A client that does not read makes Write take less and then nothing; when it
// reads, it gets every byte once and in order.
func TestSeamWrite(t *testing.T) {
	onSeams(t, func(t *testing.T, l sock.Listener) {
		conn, client := connect(t, l)
		defer conn.Close()
		data := make([]byte, 16<<20)
		for i := range data {
			data[i] = byte(i * i >> 8)
		}
		sent, refused := 0, 0
		for refused < 1000 && sent < len(data) {
			n, err := conn.Write(data[sent:min(len(data), sent+64<<10)])
			if err != nil {
				t.Fatal(err)
			}
			sent += n
			refused++
			if n > 0 {
				refused = 0
			}
			runtime.Gosched()
		}
		if sent == len(data) {
			t.Fatalf("all of %d bytes went to a client that does not read", sent)
		}
		received := make(chan []byte)
		go func() {
			got, err := io.ReadAll(client)
			if err != nil {
				t.Error(err)
			}
			received <- got
		}()
		writeAll(t, conn, data[sent:])
		if err := conn.CloseWrite(); err != nil {
			t.Error(err)
		}
		if got := <-received; !bytes.Equal(got, data) {
			t.Errorf("the client got %d bytes, not the %d that were sent", len(got), len(data))
		}
	})
}

func TestSeamClose(t *testing.T) {
	onSeams(t, func(t *testing.T, l sock.Listener) {
		for _, waited := range []bool{false, true} {
			conn, client := connect(t, l)
			if waited {
				conn.Read(make([]byte, 1), time.Millisecond)
			}
			if err := conn.Close(); err != nil {
				t.Error(err)
			}
			if n, err := client.Read(make([]byte, 1)); err != io.EOF {
				t.Errorf("the client of a closed connection reads %d, %v", n, err)
			}
		}
	})
}

// Closing leaves no descriptor and no goroutine, and closes a client that no
// Accept has asked for. If a goroutine were left, this test would not end.
func TestNothingIsLeft(t *testing.T) {
	for _, seam := range seams {
		t.Run(seam.name, func(t *testing.T) {
			check, goroutines := socktest.Descriptors(t), runtime.NumGoroutine()
			l := seam.new(t)
			for _, pieces := range []int{0, 1, 2} {
				conn, client := connect(t, l)
				for range pieces {
					client.Write([]byte("x"))
					conn.Read(make([]byte, 1), long)
				}
				conn.Write(make([]byte, 1<<20))
				conn.Close()
				client.Close()
			}
			unasked, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			l.Close()
			if n, err := unasked.Read(make([]byte, 1)); n != 0 || err == nil {
				t.Errorf("a client that was not asked for reads %d, %v", n, err)
			}
			unasked.Close()
			for runtime.NumGoroutine() > goroutines {
				runtime.Gosched()
			}
			check()
		})
	}
}

func TestListen(t *testing.T) {
	l, err := Listen("localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if addr, ok := l.Addr().(*net.TCPAddr); !ok || addr.Port == 0 || !addr.IP.IsLoopback() {
		t.Errorf("listening on %v", l.Addr())
	}
	if second, err := Listen(l.Addr().String()); err == nil {
		second.Close()
		t.Error("two listeners on one port")
	}
	if _, err := Listen("no such host.:1"); err == nil {
		t.Error("listening on no host")
	}
}
