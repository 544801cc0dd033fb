package socktest_test

import (
	"os"
	"testing"
	"time"

	"sockhttp/http"
	"sockhttp/sock"
	"sockhttp/sock/socktest"
	"sockhttp/timer"
)

// BenchmarkIdle plays a server at the posted pace that nobody connects to. Its
// sim-s/s is how many times faster than real time that is.
func BenchmarkIdle(b *testing.B) {
	network := socktest.New()
	queue := timer.NewQueue(network.Clock())
	server := sock.NewServer(queue, network.Listener(), func(*sock.Unit) {})
	server.Pace = sock.Posted()
	server.Start()
	b.ReportAllocs()
	for b.Loop() {
		network.Run(queue, network.Now()+time.Second)
	}
	b.ReportMetric(network.Now().Seconds()/b.Elapsed().Seconds(), "sim-s/s")
}

// BenchmarkConnections plays clients, sixteen at a time, that each connect, get
// a small file of a real folder from SockHTTP, and leave.
func BenchmarkConnections(b *testing.B) {
	root, err := os.OpenRoot(newFiles(b))
	if err != nil {
		b.Fatal(err)
	}
	defer root.Close()
	network := socktest.New()
	queue := timer.NewQueue(network.Clock())
	server := sock.NewServer(queue, network.Listener(), http.NewDirectory(root).SockHTTP)
	server.Start()
	served := 0
	b.ReportAllocs()
	for b.Loop() {
		var clients [16]*socktest.Client
		for i := range clients {
			clients[i] = network.Connect(socktest.Script{
				Connect: network.Now(),
				Steps:   []socktest.Step{socktest.Send("GET /small.txt HTTP/1.1\r\nHost: localhost\r\n\r\n")},
			})
		}
		for !network.Idle() {
			network.Run(queue, network.Now()+time.Millisecond)
		}
		for _, c := range clients {
			if len(c.Received) < small || c.End == nil {
				b.Fatalf("a client got %q, %v", c.Received, c.End)
			}
			served++
		}
	}
	b.ReportMetric(float64(served)/b.Elapsed().Seconds(), "conn/s")
}
