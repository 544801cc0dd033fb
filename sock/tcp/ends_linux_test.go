package tcp_test

import (
	"context"
	"io"
	"net"
	"testing"
	"time"

	"sockhttp/sock"
	"sockhttp/sock/tcp"
	"sockhttp/timer"

	"github.com/benbjohnson/clock"
)

// A client that ends says its last word, though it has not read what the server says: its
// system then resets the connection, and nothing may be held back by that time.
func TestAClientsLastWord(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	greeted, got := make(chan error, 1), make(chan string, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			greeted <- err
			return
		}
		defer c.Close()
		_, err = io.WriteString(c, "220 hello\r\n")
		greeted <- err
		said, _ := io.ReadAll(c) // to the reset
		got <- string(said)
	}()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	queue := timer.NewQueue(clock.New())
	client := sock.NewClient(queue, tcp.Dial(l.Addr().String()), func(server *sock.Unit) {
		if err := <-greeted; err != nil {
			t.Error(err)
		}
		io.WriteString(server, "QUIT\r\n")
		server.Free()
	})
	client.OnDone = func(error) { stop() }
	client.Start()
	queue.Run(ctx)
	if got := <-got; got != "QUIT\r\n" {
		t.Errorf("the server gets %q", got)
	}
}

// A client has its reply, and its end, before OnFree is called, however long that takes.
func TestTheEndComesBeforeOnFree(t *testing.T) {
	l, err := tcp.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	queue := timer.NewQueue(clock.New())
	server := sock.NewServer(queue, l, func(client *sock.Unit) {
		client.OnFree = func(error) {
			select {
			case <-ended:
			case <-time.After(10 * time.Second):
				t.Error("the reply has no end")
			}
		}
		io.WriteString(client, "hello\n")
		client.Free()
	})
	ctx, stop := context.WithCancel(t.Context())
	stopped := make(chan struct{})
	server.Start()
	go func() {
		queue.Run(ctx)
		close(stopped)
	}()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, "anyone?\n")
	reply, err := io.ReadAll(c)
	close(ended)
	if string(reply) != "hello\n" || err != nil {
		t.Errorf("the reply is %q, %v", reply, err)
	}
	c.Close()
	queue.Post(func() { server.Shutdown(0, stop) })
	<-stopped
}
