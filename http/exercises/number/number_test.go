package number

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sockhttp/http/exercises/internal/mine"
	"sockhttp/http/exercises/number/answer"
	"sockhttp/sock/socktest"
	"sockhttp/timer"
)

// One chain of callbacks polls a unit every 0.1 s or less often. Two polls that
// are closer than that are of two chains.
func TestTwoCallbacksPollOneUnit(t *testing.T) {
	network := socktest.New()
	server := &Server{Queue: timer.NewQueue(network.Clock()), Listener: network.Listener()}
	for _, script := range mine.Or(Clients, answer.Clients) {
		network.Connect(script)
	}
	server.Start()
	network.Run(server.Queue, time.Second)
	timeline := server.Timeline.String()
	t.Logf("this is what happens:\n%s", timeline)

	last, closest := map[int]float64{}, time.Hour.Seconds()
	for line := range strings.Lines(timeline) {
		var at float64
		var lun int
		if _, err := fmt.Sscanf(line, "%f %d ServerCallback polls", &at, &lun); err != nil {
			continue
		}
		if before, polled := last[lun]; polled {
			closest = min(closest, at-before)
		}
		last[lun] = at
	}
	if closest > 0.099 {
		t.Error("no unit is polled twice within 0.1 s")
	}
	if mine.Or(false, true) {
		socktest.WantFile(t, "testdata/answer.txt", timeline)
	}
}
