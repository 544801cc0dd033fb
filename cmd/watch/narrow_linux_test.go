//go:build !deadline

package watch

import (
	"context"
	"net"
	"testing"
	"time"

	"sockhttp/sock/tcp"
)

// For a client that is deaf the kernel takes less by far than for others. How much that
// is depends on what it remembers of earlier connections.
func TestADeafClientHasLittleRoom(t *testing.T) {
	l, err := tcp.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	p := &provoker{ctx: t.Context(), address: l.Addr().String()}
	taken := func(kind string) (bytes int) {
		play := func(context.Context, net.Conn, string, func(string)) (string, error) {
			server, err := l.Accept(time.Minute)
			if err != nil {
				return "", err
			}
			defer server.Close()
			for {
				n, err := server.Write(make([]byte, 1<<10))
				if err != nil || n == 0 {
					return "", err
				}
				bytes += n
			}
		}
		if _, err := p.connect(provocation{kind: kind, play: play}, 1); err != nil {
			t.Fatal(err)
		}
		return bytes
	}
	if deaf, others := taken(deaf), taken("one"); deaf == 0 || deaf > others/4 {
		t.Errorf("the kernel takes %d bytes for one that is deaf, and %d for others", deaf, others)
	}
}
