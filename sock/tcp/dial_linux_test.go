package tcp

import (
	"net"
	"runtime"
	"syscall"
	"testing"
	"time"
)

// A server that does not answer holds up neither Dial, nor Close, which gives
// the attempt up; and it leaves nothing.
func TestDialToAServerThatDoesNotAnswer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	raw, err := l.(*net.TCPListener).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	// Room for one client that waits; what others send is dropped.
	if controlErr := raw.Control(func(fd uintptr) { err = syscall.Listen(int(fd), 0) }); err != nil || controlErr != nil {
		t.Fatal(err, controlErr)
	}
	waiting, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer waiting.Close()

	goroutines := runtime.NumGoroutine()
	d := Dial(l.Addr().String())
	began := time.Now()
	for _, wait := range []time.Duration{0, time.Millisecond, 5 * time.Millisecond, 0} {
		_, err := d.Dial(wait)
		wantTimeout(t, "connecting", err)
	}
	if waited := time.Since(began); waited < 6*time.Millisecond {
		t.Errorf("waited for %v, want 6ms", waited)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	if waited := time.Since(began); waited > 900*time.Millisecond { // after a second TCP tries again
		t.Errorf("connecting and giving up took %v", waited)
	}
	for runtime.NumGoroutine() > goroutines {
		runtime.Gosched()
	}
}
