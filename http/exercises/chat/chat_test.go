package chat

import (
	"testing"
	"time"

	"sockhttp/http/exercises/chat/answer"
	"sockhttp/http/exercises/internal/mine"
	"sockhttp/sock/socktest"
	"sockhttp/sock/trace"
)

// Three clients chat, of which one leaves and one says nothing for a minute.
func TestChat(t *testing.T) {
	server := socktest.NewServer(mine.Or(Routine, answer.Routine)())
	server.SpeakFirst = true
	var read time.Duration // when 101 was first found to have said something
	server.Trace[trace.PollEnded] = func(e trace.Event) {
		if e.LUN == 101 && e.Bytes > 0 && read == 0 {
			read = server.Since(e.Time)
		}
	}
	server.Start()
	wait := socktest.Pause
	ann := server.Client(0, wait(time.Second), socktest.Send("hello\nis anyone there?\n"), wait(3*time.Second), socktest.Send("bye\n"), socktest.CloseWrite())
	bob := server.Client(50*time.Millisecond, wait(2*time.Second), socktest.Send("I a"), wait(100*time.Millisecond), socktest.Send("m\n"))
	cat := server.Client(100*time.Millisecond, wait(time.Minute), socktest.Send("where is 101?\n"))

	server.Run(1500 * time.Millisecond)
	if took := bob.FirstByte - read; took < 0 || took > 2*time.Millisecond {
		t.Errorf("what 101 said reached 102 %v after it was read, want 2ms at most", took)
	}
	server.Run(2 * time.Minute)
	for _, test := range []struct {
		name   string
		client *socktest.Client
		want   string
	}{
		{"101", ann, "102: I am\n"},
		{"102", bob, "101: hello\n101: is anyone there?\n101: bye\n103: where is 101?\n"},
		{"103", cat, "101: hello\n101: is anyone there?\n102: I am\n101: bye\n"},
	} {
		if got := string(test.client.Received); got != test.want {
			t.Errorf("client %s was told\n%s\nwant\n%s", test.name, got, test.want)
		}
	}
	if n := server.NumUnits(); n != 2 {
		t.Errorf("%d units are held, want those of 102 and 103", n)
	}
}
