package main

import (
	"io"
	"net"
	nethttp "net/http"
	"path/filepath"
	"strings"
	"testing"
)

// A notedConn is a connection that notes that it was closed.
type notedConn struct {
	net.Conn
	closed bool
}

func (c *notedConn) Close() error {
	c.closed = true
	return nil
}

// A server that shuts down closes the connections that have asked for nothing, and
// those that come then.
func TestConnectionsThatHaveAskedForNothingAreClosed(t *testing.T) {
	fresh := &newConns{all: map[net.Conn]bool{}}
	silent, asking, late := &notedConn{}, &notedConn{}, &notedConn{}
	fresh.track(silent, nethttp.StateNew)
	fresh.track(asking, nethttp.StateNew)
	fresh.track(asking, nethttp.StateActive)
	if silent.closed || asking.closed {
		t.Error("one is closed before")
	}
	fresh.close()
	fresh.track(late, nethttp.StateNew)
	if !silent.closed || asking.closed || !late.closed {
		t.Errorf("closed are the silent one: %v, that which asks: %v, the late one: %v", silent.closed, asking.closed, late.closed)
	}
}

// An HTTP/2 client with a stream under way keeps its place, though it takes nothing
// for the time being and another has been idle for less long.
func TestAStreamKeepsItsPlace(t *testing.T) {
	const size = 8 << 20 // twice of what a client of net/http has not read at most
	dir := folder(t)
	write(t, filepath.Join(dir, "large"), strings.Repeat("x", size))
	p := start(t, "-tls", "-max-clients", "2", "-dir", dir)
	raw, certificate := dialTLS(t, p, "http/1.1")
	raw.Close()
	url := "https://localhost:" + p.Port
	reply, err := clientOf(t, certificate, true).Get(url + "/large")
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	for _, http2 := range []bool{true, false} {
		get(t, clientOf(t, certificate, http2), url+"/hello.txt", "")
	}
	if n, err := io.Copy(io.Discard, reply.Body); n != size || err != nil {
		t.Errorf("%d bytes of the reply come, %v", n, err)
	}
}
