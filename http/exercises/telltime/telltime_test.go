package telltime

import (
	"testing"
	"time"

	"sockhttp/http/exercises/internal/mine"
	"sockhttp/http/exercises/telltime/answer"
	"sockhttp/sock/socktest"
)

// The clock of the simulated network starts at midnight.
func TestTellsTheTime(t *testing.T) {
	server := socktest.NewServer(mine.Or(Routine, answer.Routine))
	server.Start()
	for _, test := range []struct {
		at    time.Duration
		steps []socktest.Step
		want  string
	}{
		{3 * time.Second, []socktest.Step{socktest.Send("TIME\n")}, "00:00:03\n"},
		{59 * time.Second, []socktest.Step{socktest.Send("TI"), socktest.Pause(2 * time.Second), socktest.Send("ME\n")}, "00:01:01\n"},
		{2 * time.Minute, []socktest.Step{socktest.Send("DATE\n")}, "?\n"},
	} {
		client := server.Client(test.at, test.steps...)
		server.Run(test.at + 10*time.Second)
		if string(client.Received) != test.want {
			t.Errorf("the client of %v got %q, want %q", test.at, client.Received, test.want)
		}
	}
}
