package socktest_test

import (
	"testing"
	"time"

	"sockhttp/sock"
	"sockhttp/sock/socktest"
	"sockhttp/sock/trace"
)

// BenchmarkIdle plays a server at the posted pace that nobody connects to. Its
// sim-s/s is how many times faster than real time that is.
func BenchmarkIdle(b *testing.B) {
	s := socktest.NewServer(func(*sock.Unit) {})
	s.Pace, s.Trace = sock.Posted(), trace.Hooks{}
	s.Start()
	b.ReportAllocs()
	for b.Loop() {
		s.Run(s.Now() + time.Second)
	}
	b.ReportMetric(s.Now().Seconds()/b.Elapsed().Seconds(), "sim-s/s")
}
