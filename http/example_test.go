package http_test

import (
	"fmt"
	"io"
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

// A routine of one's own: whatever is asked for, it answers with the time.
func ExampleRequestReader() {
	var requests http.RequestReader
	tellTime := func(client *sock.Unit) {
		request, _, err := requests.ReadRequest(client)
		if err != nil {
			http.Refuse(client, err)
			return
		}
		if request == nil {
			return // the rest comes with a later callback
		}
		body := client.Now().Format(time.TimeOnly) + "\n"
		http.WriteHead(client, "200 OK", "text/plain", int64(len(body)))
		io.WriteString(client, body)
		client.Free()
	}

	network := socktest.New()
	queue := timer.NewQueue(network.Clock())
	server := sock.NewServer(queue, network.Listener(), tellTime)
	server.Start()
	client := network.Connect(socktest.Script{Connect: 3 * time.Second, Steps: []socktest.Step{
		socktest.Send("GET /time HTTP/1.1\r\nHost: localhost\r\n\r\n"),
	}})
	network.Run(queue, 4*time.Second)
	fmt.Print(strings.ReplaceAll(string(client.Received), "\r\n", "\n"))
	// Output:
	// HTTP/1.1 200 OK
	// Date: Sat, 01 Jan 2000 00:00:03 GMT
	// Content-Type: text/plain
	// X-Content-Type-Options: nosniff
	// Content-Length: 9
	// Connection: close
	//
	// 00:00:03
}
