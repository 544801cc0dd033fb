package tcp

import (
	"context"
	"io"
	"net"
	"slices"
	"testing"
	"time"

	"sockhttp/sock"
	"sockhttp/timer"

	"github.com/benbjohnson/clock"
)

// serve runs a server of routine until the test ends.
func serve(t *testing.T, l sock.Listener, routine sock.Routine) {
	queue := timer.NewQueue(clock.New())
	server := sock.NewServer(queue, l, routine)
	server.Start()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		queue.Run(ctx)
		close(ended)
	}()
	t.Cleanup(func() {
		queue.Post(func() { server.Shutdown(0, cancel) })
		<-ended
	})
}

// Clients that say nothing keep nobody waiting. The limits are generous: if a
// poll of a silent client took a millisecond, a reply would take two seconds.
func TestSilentClients(t *testing.T) {
	onSeams(t, func(t *testing.T, l sock.Listener) {
		serve(t, l, func(client *sock.Unit) {
			client.Write(client.Input())
			client.Free()
		})
		for range 400 {
			silent, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer silent.Close()
		}
		ask := func() time.Duration {
			began := time.Now()
			c, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			io.WriteString(c, "hello")
			if reply, err := io.ReadAll(c); string(reply) != "hello" || err != nil {
				t.Errorf("the reply is %q, %v", reply, err)
			}
			return time.Since(began)
		}
		ask() // which waits until all of them are accepted: under Wine, more than a millisecond each
		var times []time.Duration
		for range 20 {
			times = append(times, ask())
		}
		slices.Sort(times)
		median, worst := times[len(times)/2], times[len(times)-1]
		t.Logf("median %v, at most %v", median, worst)
		if median > 100*time.Millisecond || worst > 500*time.Millisecond {
			t.Errorf("a reply takes %v in the median, and %v at most; want 100ms and 500ms", median, worst)
		}
	})
}
