package swarm

import (
	"os"
	"testing"
	"time"

	"sockhttp/http"
	"sockhttp/sock/socktest"
	"sockhttp/sock/trace"
)

// BenchmarkConnections plays clients, sixteen at a time, that each connect, get
// a small file of a real folder from SockHTTP, and leave.
func BenchmarkConnections(b *testing.B) {
	root, err := os.OpenRoot(newFiles(b))
	if err != nil {
		b.Fatal(err)
	}
	defer root.Close()
	s := socktest.NewServer(http.NewDirectory(root).SockHTTP)
	s.Trace = trace.Hooks{}
	s.Start()
	served := 0
	b.ReportAllocs()
	for b.Loop() {
		var clients [16]*socktest.Client
		for i := range clients {
			clients[i] = s.Client(s.Now(), socktest.Send("GET /small.txt HTTP/1.1\r\nHost: localhost\r\n\r\n"))
		}
		for !s.Idle() {
			s.Run(s.Now() + time.Millisecond)
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
