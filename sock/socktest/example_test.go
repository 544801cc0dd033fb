package socktest_test

import (
	"fmt"
	"time"

	"sockhttp/sock"
	"sockhttp/sock/socktest"
	"sockhttp/timer"
)

// The history of one client at the post's pace, written down.
func Example() {
	server := socktest.NewServer(func(client *sock.Unit) {
		client.Write([]byte("hello\n"))
		client.Free()
	})
	server.Pace = sock.Posted()
	server.Start()
	server.Client(150*time.Millisecond, socktest.Send("anyone?\n"))
	server.Run(300 * time.Millisecond)
	fmt.Print(server.Timeline)
	// Output:
	//  0.000000  100  ListenerCallback set in 100ms
	//  0.100000  100  ListenerCallback
	//  0.100000  100  poll, waiting up to 100ms
	//  0.150000  100  poll ended: a client is waiting
	//  0.150000  101  accepted 198.51.100.1:1024
	//  0.150000  101  ServerCallback set in 100ms
	//  0.150000  100  ListenerCallback set in 100ms
	//  0.250000  101  ServerCallback
	//  0.250000  101  poll, waiting up to 10ms
	//  0.250000  101  poll ended: 8 bytes
	//  0.250000  101  routine called
	//  0.250000  101  wrote 6 bytes
	//  0.250000  101  freed after 100ms, 6 bytes written
	//  0.250000  101  LingerCallback set in 100ms
	//  0.250000  101  ServerCallback set in 100ms
	//  0.250000  100  ListenerCallback
	//  0.250000  100  poll, waiting up to 100ms
	//  0.350000  100  poll ended: nothing
	//  0.350000  100  ListenerCallback set in 100ms
}

// Two bad clients: one sends its request in pieces and vanishes, one resets the
// connection while it is being answered.
func ExampleScript() {
	network := socktest.New()
	network.Latency = 20 * time.Millisecond
	queue := timer.NewQueue(network.Clock())
	server := sock.NewServer(queue, network.Listener(), func(client *sock.Unit) {
		if client.Err() != nil {
			fmt.Printf("%v: unit %d: %v\n", network.Now().Round(time.Millisecond), client.LUN(), client.Err())
		}
	})
	server.Start()

	network.Connect(socktest.Script{Steps: []socktest.Step{
		socktest.Send("some"), socktest.Pause(time.Second), socktest.Send("thing"), socktest.Vanish(),
	}})
	network.Connect(socktest.Script{Connect: 2 * time.Second, Steps: []socktest.Step{
		socktest.Send("another"), socktest.Pause(50 * time.Millisecond), socktest.Reset(),
	}})
	network.Run(queue, time.Minute)
	fmt.Println(server.NumUnits(), "units are left")
	// Output:
	// 2.085s: unit 102: read: connection reset by peer
	// 10.02s: unit 101: i/o timeout
	// 0 units are left
}
