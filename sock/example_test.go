package sock_test

import (
	"bytes"
	"fmt"
	"time"

	"sockhttp/sock"
	"sockhttp/sock/socktest"
	"sockhttp/timer"
)

// A server that says each line back, at the pace of the post. Its network is
// simulated here; sock.Listen gives one for TCP, and Run of the queue is then
// the loop.
func Example() {
	echo := func(client *sock.Unit) {
		if line, _, ok := bytes.Cut(client.Input(), []byte("\n")); ok {
			fmt.Fprintf(client, "%s, you said\n", line)
			client.Free()
		}
	}

	network := socktest.New()
	queue := timer.NewQueue(network.Clock())
	server := sock.NewServer(queue, network.Listener(), echo)
	server.Pace = sock.Posted()
	server.Start()

	client := network.Connect(socktest.Script{
		Connect: 350 * time.Millisecond,
		Steps:   []socktest.Step{socktest.Send("hello\n")},
	})
	network.Run(queue, time.Second)
	fmt.Printf("after %v: %s", client.Ended, client.Received)
	// Output: after 450ms: hello, you said
}
