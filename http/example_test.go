package http_test

import (
	"fmt"
	nethttp "net/http"
	"os"
	"strings"
	"time"

	"sockhttp/http"
	"sockhttp/sock"
	"sockhttp/sock/socktest"
	"sockhttp/timer"
)

// A folder served at the pace and in the bytes of the post. With sock.Listen
// for the listener, clock.New for the clock and Run of the queue, this is the
// command.
func Example() {
	root, err := os.OpenRoot("../testdata/timelines")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer root.Close()

	network := socktest.New()
	queue := timer.NewQueue(network.Clock())
	folder := http.PostedFolder(root)
	folder.Print = func(request []string) { fmt.Println("request:", strings.Join(request, " ")) }
	server := sock.NewServer(queue, network.Listener(), folder.SockHTTP)
	server.Pace = sock.Posted()
	server.Start()

	client := network.Connect(socktest.Script{Steps: []socktest.Step{
		socktest.Send("GET /galaxy.jpg HTTP/1.1\r\nHost: localhost:8000\r\n\r\n"),
	}})
	network.Run(queue, time.Second)
	fmt.Print(strings.ReplaceAll(string(client.Received), "\r\n", "\n"))
	// Output:
	// request: GET /galaxy.jpg HTTP/1.1
	// HTTP/1.1 404 Not Found
	// Connection: close
}

// A handler of net/http answers, with the mux that it is used to.
func ExampleRoutine() {
	network := socktest.New()
	queue := timer.NewQueue(network.Clock())

	mux := nethttp.NewServeMux()
	mux.HandleFunc("GET /hello/{name}", func(w nethttp.ResponseWriter, r *nethttp.Request) {
		fmt.Fprintf(w, "hello, %s\n", r.PathValue("name"))
	})
	server := sock.NewServer(queue, network.Listener(), http.Routine(mux, nil))
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
