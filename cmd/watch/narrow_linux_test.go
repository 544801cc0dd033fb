package watch

import (
	"net"
	"syscall"
	"testing"
	"time"

	"sockhttp/sock/tcp"
)

// For a client that is deaf the kernel takes so little that a reply of 256 KiB is stuck,
// which for others it takes whole.
func TestNarrow(t *testing.T) {
	l, err := tcp.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	taken := func(control func(_, _ string, _ syscall.RawConn) error) (bytes int) {
		d := net.Dialer{Control: control}
		client, err := d.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		server, err := l.Accept(time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		defer server.Close()
		for {
			n, err := server.Write(make([]byte, 1<<10))
			if err != nil {
				t.Fatal(err)
			}
			if n == 0 {
				return bytes
			}
			bytes += n
		}
	}
	const reply = 256 << 10
	if deaf, others := taken(narrow), taken(nil); deaf >= reply || others < reply {
		t.Errorf("the kernel takes %d bytes for one that is deaf, and %d for others", deaf, others)
	}
}
