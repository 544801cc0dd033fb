//go:build unix

package main

import (
	"fmt"
	"io"
	"os"
	"slices"
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
	// A poll of a step is over at once. The seam of Windows may have the client, or its
	// request, only at a later one.
	steps, lines := 0, []string{}
	for !slices.Contains(lines, "GET /hello.txt HTTP/1.1\n") && steps < 20 {
		fmt.Fprintln(p.stdin)
		steps++
		began := p.readThrough(t, "Callback\n")
		callback := strings.Fields(began[len(began)-1])[1:]
		ended := p.readThrough(t, "  "+strings.Join(callback, "  ")+" set in ")
		lines = slices.Concat(lines, began, ended)
	}
	p.Signal(t, os.Interrupt)
	lines = append(lines, p.readThrough(t, "stopping")...)
	if n := strings.Count(strings.Join(lines, ""), "Callback\n"); n != steps {
		t.Errorf("%d lines run %d callbacks:\n%s", steps, n, lines)
	}
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
