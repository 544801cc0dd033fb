package handler_test

import (
	"fmt"
	nethttp "net/http"
	"strings"
	"time"

	"sockhttp/http/handler"
	"sockhttp/sock"
	"sockhttp/sock/socktest"
	"sockhttp/timer"
)

// A handler of net/http answers, with the mux that it is used to.
func ExampleRoutine() {
	network := socktest.New()
	queue := timer.NewQueue(network.Clock())

	mux := nethttp.NewServeMux()
	mux.HandleFunc("GET /hello/{name}", func(w nethttp.ResponseWriter, r *nethttp.Request) {
		fmt.Fprintf(w, "hello, %s\n", r.PathValue("name"))
	})
	server := sock.NewServer(queue, network.Listener(), handler.Routine(mux, nil))
	server.Start()

	client := network.Connect(socktest.Script{Steps: []socktest.Step{
		socktest.Send("GET /hello/world HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
	}})
	network.Run(queue, time.Second)
	fmt.Print(strings.ReplaceAll(string(client.Received), "\r\n", "\n"))
	// Output:
	// HTTP/1.1 200 OK
	// Date: Sat, 01 Jan 2000 00:00:00 GMT
	// Content-Length: 13
	// Content-Type: text/plain; charset=utf-8
	// Connection: close
	//
	// hello, world
}
