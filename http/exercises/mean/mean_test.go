package mean

import (
	"testing"
	"time"

	"sockhttp/http/exercises/internal/mine"
	"sockhttp/http/exercises/mean/answer"
	"sockhttp/sock"
	"sockhttp/sock/socktest"
)

// 1,100 clients come one at a time, spread evenly over the 110 ms from the start
// of one poll to the start of the next. A prediction may be off by 1 ms.
func TestMean(t *testing.T) {
	const clients, round = 1100, 110 * time.Millisecond
	server := socktest.NewServer(func(client *sock.Unit) {
		client.Write([]byte("hello\n"))
		client.Free()
	})
	server.Pace = sock.Posted()
	server.Pace.ListenWait = 10 * time.Millisecond
	server.Start()
	var sum, longest time.Duration
	for i := range time.Duration(clients) {
		poll, _ := server.Queue.Next()
		arrival := server.Since(poll) + (2*i+1)*round/(2*clients)
		client := server.Client(arrival, socktest.Send("anyone?\n"))
		server.Run(arrival + 4*round)
		server.WantIdle(t)
		sum += client.Ended - arrival
		longest = max(longest, client.Ended-arrival)
	}
	judge := func(name string, predicted, is time.Duration) {
		switch {
		case predicted == 0:
			t.Errorf("%s: put your prediction in exercise.go", name)
		case predicted < is-time.Millisecond:
			t.Errorf("%s: %v is too short", name, predicted)
		case predicted > is+time.Millisecond:
			t.Errorf("%s: %v is too long", name, predicted)
		}
	}
	judge("Mean", mine.Or(Mean, answer.Mean), sum/clients)
	judge("Longest", mine.Or(Longest, answer.Longest), longest)
}
