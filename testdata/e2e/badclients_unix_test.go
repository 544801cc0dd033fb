//go:build unix

package e2e

import (
	"errors"
	"fmt"
	"io"
	"net"
	nethttp "net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"sockhttp/sock"
)

// TestBadClients has 1,024 clients of each bad kind, and others get something
// meanwhile. Beside 1,024 of them on a quiet machine, the median of the gets is to
// be under 20 ms. A busy machine may take longer, so the test fails only if
// it is also ten times what net/http takes on a plain listener beside as many. When
// the server is closed, no goroutine, unit, callback or descriptor is left.
func TestBadClients(t *testing.T) {
	for _, test := range []struct{ name, request string }{
		{"silent", ""},
		{"stuck in the head", "GET / HTTP/1.1\r\nHost: lo"},
		{"not reading", "GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			goroutines, descriptors := runtime.NumGoroutine(), numDescriptors()
			plain := httptest.NewUnstartedServer(badClientsHandler())
			plain.Start()
			standard := medianBeside(t, plain.Listener.Addr().String(), test.request, plain)
			plain.Close()

			ours := newOnNetconn(t, badClientsHandler())
			ours.polled(func(s *sock.Server) { s.Limits.MaxClients = 2 * badClients }) // else these take all places
			ours.Start()
			median := medianBeside(t, ours.Addr().String(), test.request, ours.Server)
			ours.Close() // what is left of it

			t.Logf("a GET takes %v, and %v with net/http alone", median, standard)
			if median > max(20*time.Millisecond, 10*standard) {
				t.Errorf("a GET takes %v, and %v with net/http alone", median, standard)
			}
			for runtime.NumGoroutine() > goroutines { // a test that leaves one behind does not end
				runtime.Gosched()
			}
			if left := numDescriptors() - descriptors; left > 0 {
				t.Errorf("%d descriptors are left", left)
			}
		})
	}
}

const badClients = 1024

func badClientsHandler() nethttp.Handler {
	large := make([]byte, 1<<20)
	mux := nethttp.NewServeMux()
	mux.HandleFunc("/large", func(w nethttp.ResponseWriter, r *nethttp.Request) { w.Write(large) })
	mux.HandleFunc("/", func(w nethttp.ResponseWriter, r *nethttp.Request) { io.WriteString(w, "hello") })
	return mux
}

// medianBeside is what a GET on a connection of its own takes while bad clients
// are connected. In the end it closes the server, and then them.
func medianBeside(t *testing.T, address, request string, server *httptest.Server) time.Duration {
	t.Helper()
	var clients []net.Conn
	defer func() {
		for _, c := range clients {
			c.Close()
		}
	}()
	// A small window keeps the kernel's memory for those who do not read small.
	dialer := net.Dialer{Control: func(_, _ string, c syscall.RawConn) error {
		return c.Control(func(fd uintptr) { syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 4<<10) })
	}}
	for range badClients {
		c, err := dialer.Dial("tcp", address)
		if err != nil {
			t.Fatalf("after %d clients: %v", len(clients), err)
		}
		clients = append(clients, c)
		if _, err := io.WriteString(c, request); err != nil {
			t.Fatal(err)
		}
	}
	var took []time.Duration
	for range 101 {
		began := time.Now()
		if err := getAlone(address); err != nil {
			t.Fatal(err)
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	server.Config.Close() // which does not wait for what is under way, as server.Close does
	return took[len(took)/2]
}

func getAlone(address string) error {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer c.Close()
	fmt.Fprint(c, "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
	reply, err := io.ReadAll(c)
	if err == nil && !strings.HasSuffix(string(reply), "\r\n\r\nhello") {
		err = fmt.Errorf("the reply is %q", reply)
	}
	return err
}

// numDescriptors is how many descriptors are open, where the system tells.
func numDescriptors() int {
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		panic(err)
	}
	return len(files)
}
