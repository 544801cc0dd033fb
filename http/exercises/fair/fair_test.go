package fair

import (
	"strings"
	"testing"
	"time"

	"sockhttp/http/exercises/fair/answer"
	"sockhttp/http/exercises/internal/mine"
	"sockhttp/sock"
	"sockhttp/sock/socktest"
)

const (
	line  = "a line that has forty bytes, it has them\n"
	lines = 1500
	limit = 5 * time.Millisecond
)

// One client sends 60 KB at once, another a word just after that.
func TestOneCallbackWorksForFiveMillisecondsAtMost(t *testing.T) {
	var routine sock.Routine
	server := socktest.NewServer(func(client *sock.Unit) {
		began := client.Now()
		if routine(client); client.Now().Sub(began) > limit {
			t.Errorf("a callback of unit %d worked for %v", client.LUN(), client.Now().Sub(began))
		}
	})
	routine = mine.Or(Routine, answer.Routine)(func(n int) { server.Skip(time.Duration(n) * time.Microsecond) })
	server.Start()
	greedy := server.Client(0, socktest.Send(strings.Repeat(line, lines)+"half a"), socktest.Pause(time.Second), socktest.Send(" line\n"))
	modest := server.Client(time.Millisecond, socktest.Send("hello\n"))
	server.Run(2 * time.Second)

	if got, want := string(greedy.Received), strings.Repeat("40\n", lines)+"11\n"; got != want {
		t.Errorf("the greedy client got %d bytes, want %d: a length for each line", len(got), len(want))
	}
	if took := modest.FirstByte - time.Millisecond; string(modest.Received) != "5\n" || took > 3*limit {
		t.Errorf("the modest client got %q after %v, want its answer within %v", modest.Received, took, 3*limit)
	}
}
