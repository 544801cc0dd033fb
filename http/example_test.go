package http_test

import (
	"fmt"
	"os"
	"strings"
	"time"

	"sockhttp/http"
	"sockhttp/sock"
	"sockhttp/sock/socktest"
	"sockhttp/timer"
)

// A directory served at the pace and in the bytes of the post. With sock.Listen
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
	directory := http.NewDirectory(root)
	directory.Print = func(words []string) { fmt.Println("request:", strings.Join(words, " ")) }
	server := sock.NewServer(queue, network.Listener(), directory.PostedHTTP)
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
