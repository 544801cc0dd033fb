package array_test

import (
	"fmt"
	"time"

	"sockhttp/sock"
	"sockhttp/sock/array"
	"sockhttp/sock/socktest"
	"sockhttp/timer"
)

// SockClient asks SockServer for the mean of an array. Here they share a queue
// and a simulated network; with clock.New, sock.Listen and sock.Dial each is
// a program.
func Example() {
	network := socktest.New()
	queue := timer.NewQueue(network.Clock())
	server := sock.NewServer(queue, network.Listener(), array.Routine(array.Options{}))
	server.Start()

	header := array.Header{Dimensions: [3]int{2, 2, 1}, Type: array.Byte}
	client := sock.NewClient(queue, network.Dialer(), array.Ask(header, []byte{1, 2, 3, 4}, "mean", func(line string, err error) {
		fmt.Println(line, err)
	}))
	client.Start()
	network.Run(queue, time.Second)
	// Output: 2.5 <nil>
}
