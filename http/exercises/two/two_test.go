package two

import (
	"slices"
	"testing"
	"time"

	"sockhttp/http/exercises/internal/mine"
	"sockhttp/http/exercises/two/answer"
	"sockhttp/sock"
	"sockhttp/sock/socktest"
)

func TestTwoClientsACall(t *testing.T) {
	server := socktest.NewServer(func(client *sock.Unit) {
		client.Write([]byte("hello\n"))
		client.Free()
	})
	server.Pace = mine.Or(Pace, answer.Pace)()
	server.Start()
	var clients []*socktest.Client
	for range 4 {
		clients = append(clients, server.Client(0, socktest.Send("anyone?\n")))
	}
	server.Run(time.Second)
	if testing.Verbose() {
		t.Logf("\n%s", server.Timeline)
	}

	var ended []time.Duration
	for _, client := range clients {
		ended = append(ended, client.Ended)
	}
	if ended[0] != ended[1] || ended[1] == ended[2] || ended[2] != ended[3] {
		t.Errorf("the replies came at %v; want two at a time", ended)
	}
	if predicted := mine.Or(Replies, answer.Replies); !slices.Equal(ended, predicted) {
		t.Errorf("they did not come at %v, as predicted; -v shows why", predicted)
	}
}
