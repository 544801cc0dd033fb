//go:build unix

package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
)

// With -step each line of stdin runs one callback, and a client waits for those
// that it needs. Ctrl-C ends a server that waits for a line, and what it owes is
// sent: with the seam of Windows that is all of the reply.
func TestStep(t *testing.T) {
	p := startPrinting(t, nil, "-as-posted", "-step")
	p.readThrough(t, "press Enter for the next callback")
	p.readThrough(t, "  100  ListenerCallback set in ") // by Start
	c := p.Dial(t, request)
	for i, want := range []string{"  100  ListenerCallback set in ", "  101  ServerCallback set in "} {
		fmt.Fprintln(p.stdin)
		lines := strings.Join(p.readThrough(t, want), "")
		if n := strings.Count(lines, "Callback\n"); n != 1 {
			t.Errorf("line %d runs %d callbacks:\n%s", i, n, lines)
		}
	}
	p.Signal(t, os.Interrupt)
	p.readThrough(t, "stopping")
	go io.Copy(io.Discard, p.lines)
	if reply, err := io.ReadAll(c); err != nil || !strings.HasSuffix(string(reply), "hello\n") {
		t.Errorf("the reply is %q, %v", reply, err)
	}
	c.Close()
	if err := p.Wait(); err != nil {
		t.Error(err)
	}
}

// When the input ends, the server runs. With -slow it does so more slowly, by its
// own account.
func TestStepEnds(t *testing.T) {
	p := startPrinting(t, nil, "-step", "-slow", "2")
	p.stdin.Close()
	p.readThrough(t, "the input has ended, and the server runs\n")
	go io.Copy(io.Discard, p.lines)
	if reply := p.Ask(t, request); !strings.HasSuffix(reply, "hello\n") {
		t.Errorf("the reply is %q", reply)
	}
	p.end(t)
}
