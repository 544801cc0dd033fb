package netconn_test

import (
	"context"
	"fmt"
	"io"
	"log"
	nethttp "net/http"
	"time"

	"sockhttp/sock/netconn"
	"sockhttp/sock/tcp"
	"sockhttp/timer"

	"github.com/benbjohnson/clock"
)

// A handler of net/http that waits. Others are served meanwhile.
func Example() {
	mux := nethttp.NewServeMux()
	mux.HandleFunc("/events", func(w nethttp.ResponseWriter, r *nethttp.Request) {
		for n := range 3 {
			fmt.Fprintln(w, "event", n)
			nethttp.NewResponseController(w).Flush()
			<-time.After(time.Millisecond)
		}
	})
	polled, err := tcp.Listen("localhost:0")
	if err != nil {
		log.Fatal(err)
	}
	queue := timer.NewQueue(clock.New())
	listener := netconn.Listen(queue, polled)
	go nethttp.Serve(listener, mux)

	ctx, end := context.WithCancel(context.Background())
	go func() {
		defer end()
		response, err := nethttp.Get("http://" + listener.Addr().String() + "/events")
		if err != nil {
			log.Print(err)
			return
		}
		defer response.Body.Close()
		events, _ := io.ReadAll(response.Body)
		fmt.Print(string(events))
	}()
	queue.Run(ctx)
	// Output:
	// event 0
	// event 1
	// event 2
}
