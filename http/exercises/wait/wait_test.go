package wait

import (
	"testing"
	"time"

	"sockhttp/http/exercises/internal/mine"
	"sockhttp/http/exercises/wait/answer"
	"sockhttp/sock"
	"sockhttp/sock/socktest"
)

// Three clients come 10 ms after one another. Each has its answer Delay after its
// line, and the log names no callback as slow.
func TestWaitsWithoutHoldingUpOthers(t *testing.T) {
	var routine sock.Routine
	server := socktest.NewServer(func(client *sock.Unit) { routine(client) })
	routine = mine.Or(Routine, answer.Routine)(server.Queue, server.Skip)
	server.Start()
	var clients []*socktest.Client
	for i := range time.Duration(3) {
		clients = append(clients, server.Client(i*10*time.Millisecond, socktest.Send("please\n"), socktest.CloseWrite()))
	}
	server.Run(time.Second)
	if testing.Verbose() {
		t.Logf("\n%s", server.Timeline)
	}

	for i, client := range clients {
		took := client.Ended - time.Duration(i)*10*time.Millisecond
		if string(client.Received) != "here you are\n" || took < Delay || took > Delay+2*time.Millisecond {
			t.Errorf("client %d got %q after %v, want an answer after %v", i+1, client.Received, took, Delay)
		}
	}
	if said := server.Logged.String(); said != "" {
		t.Errorf("the log says\n%s", said)
	}
	server.WantIdle(t)
}
