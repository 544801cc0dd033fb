//go:build unix

package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
)

// With -blocking a client whose request is not complete holds up another, until
// the rest comes or Ctrl-C ends it.
func TestBlocking(t *testing.T) {
	const get = "GET /hello.txt HTTP/1.1\r\n\r\n"
	for _, interrupted := range []bool{false, true} {
		p := startPrinting(t, nil, "-as-posted", "-blocking", "-v", "-interval", "10ms")
		slow := p.Dial(t, get[:9])
		p.readThrough(t, "  101  poll, waiting up to 10ms\n")
		other := p.Dial(t, get)
		if interrupted {
			p.end(t)
			continue
		}
		// The other is accepted when the slow one is done, and not before.
		fmt.Fprint(other, "more")
		fmt.Fprint(slow, get[9:])
		for _, c := range []net.Conn{slow, other} {
			if reply, err := io.ReadAll(c); err != nil || !strings.HasSuffix(string(reply), "hello\n") {
				t.Errorf("the reply is %q, %v", reply, err)
			}
			c.Close()
		}
		between := p.readThrough(t, "  accepted ")
		if lines := strings.Join(between, ""); !strings.Contains(lines, fmt.Sprintf("  101  poll ended: %d bytes\n", len(get))) {
			t.Errorf("between the poll and the next client:\n%s", lines)
		}
		p.Signal(t, os.Interrupt)
		go io.Copy(io.Discard, p.lines)
		if err := p.Wait(); err != nil {
			t.Error(err)
		}
	}
}
