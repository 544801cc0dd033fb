package sock_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"sockhttp/sock"
	"sockhttp/sock/socktest"
	"sockhttp/sock/trace"
)

// lines answers each line in capitals, and keeps the connection.
func lines(client *sock.Unit) {
	if line, _, ok := bytes.Cut(client.Input(), []byte("\n")); ok {
		fmt.Fprintf(client, "%s\n", bytes.ToUpper(line))
		client.Discard(len(line) + 1)
		client.LimitInput(time.Hour)
	}
}

// A newcomer to a server that is full gets the place of the client that has
// been idle longest between two requests, then of the one that has been silent
// longest; never of one with a request or a reply under way.
func TestAPlaceIsGivenUpForANewcomer(t *testing.T) {
	for name, pace := range map[string]sock.Pace{"posted": sock.Posted(), "eager": sock.Eager()} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(func(client *sock.Unit) {
				if bytes.HasPrefix(client.Input(), []byte("long")) {
					client.Write(make([]byte, 200_000))
				}
				lines(client)
			})
			w.Pace = pace
			w.Limits.MaxClients, w.Limits.InputTimeout, w.Limits.SendTimeout = 7, time.Hour, time.Hour
			w.Start()
			at := 0 * time.Second
			client := func(steps ...socktest.Step) *socktest.Client {
				at += time.Second
				return w.Client(at, steps...)
			}
			first := client()                             // silent
			second := client(socktest.Send("a\n"))        // idle since 2s
			third := client(socktest.Send("b\n"))         // idle since 3s, but for
			fourth := client(socktest.Pause(time.Second)) // silent since 4s
			fifth := client(socktest.Send("half a line")) // a request under way
			sixth := w.Connect(socktest.Script{Connect: 6 * time.Second, Steps: []socktest.Step{socktest.Send("long\n")}, ReadSize: -1})
			seventh := w.Client(7*time.Second, socktest.Send("c\n"), socktest.Pause(2*time.Second), socktest.Send("d\n")) // idle anew since 9s
			at = 9500 * ms

			var order []string
			names := map[string]string{}
			for i, c := range []*socktest.Client{first, second, third, fourth, fifth, sixth, seventh} {
				names[c.Addr().String()] = fmt.Sprint(i + 1)
			}
			for range 8 {
				late := client()
				names[late.Addr().String()] = "late"
			}
			w.Run(at + 5*time.Second)
			for _, e := range w.events {
				if e.Kind == trace.Dropped {
					order = append(order, names[e.Addr.String()]+" "+strings.Fields(e.Err.Error())[0])
				}
			}
			want(t, "dropped", strings.Join(order, ", "), "2 idle, 3 idle, 7 idle, 1 silent, 4 silent, late silent, late silent, late silent")
			for i, c := range []*socktest.Client{first, second, third, fourth, seventh} {
				if reply := []string{"", "A\n", "B\n", "", "C\nD\n"}[i]; string(c.Received) != reply || c.End != io.EOF {
					t.Errorf("a client that was given up got %q, %v; want %q and the end", c.Received, c.End, reply)
				}
			}
			if fifth.End != nil || sixth.End != nil {
				t.Error("a client with a request or a reply under way was given up")
			}
			want(t, "units held", w.NumUnits(), 7)
		})
	}
}

// What a client has sent when its place is needed keeps its place, though it
// was not polled since. With no place to be had the newcomer waits.
func TestARequestThatHasComeKeepsItsPlace(t *testing.T) {
	w := newWorld(lines)
	w.Pace = sock.Posted()
	w.Pace.PollWait = 0
	w.Limits.MaxClients = 1
	w.Start()
	// It is accepted at 0.05 and polled at 0.15, 0.25, and so on. The
	// listener's polls end when a client comes.
	client := w.Client(50*ms, socktest.Send("a\n"), socktest.Pause(270*ms), socktest.Send("b\n"))
	newcomer := w.Client(340*ms, socktest.Send("c\n"))
	w.Run(10 * time.Second)
	want(t, "the client's replies", string(client.Received), "A\nB\n")
	want(t, "the newcomer's", string(newcomer.Received), "C\n")
	want(t, "units", w.luns(trace.Accepted), "101 101")
	if client.End != io.EOF {
		t.Errorf("the client's end: %v", client.End)
	}
}

// A silent client's time is over: it is freed, and not given up.
func TestTheTimeOfASilentClientStands(t *testing.T) {
	var told error
	w := newWorld(func(client *sock.Unit) { told = client.Err() })
	w.Limits.MaxClients = 1
	w.Start()
	w.Client(0)
	w.Run(15 * time.Second)
	if !errors.Is(told, os.ErrDeadlineExceeded) {
		t.Errorf("the routine was told %v", told)
	}
	w.WantIdle(t)
}

// A routine may take what has come out of the input. Its client has a request
// under way all the same, and keeps its place.
func TestARequestThatTheRoutineHasTakenKeepsItsPlace(t *testing.T) {
	w := newWorld(func(client *sock.Unit) {
		taken, _ := client.Value.(string)
		taken += string(client.Input())
		client.Discard(len(client.Input()))
		client.Value = taken
		if strings.HasSuffix(taken, "\n") {
			io.WriteString(client, taken)
			client.Free()
		}
	})
	w.Limits.MaxClients = 1
	w.Start()
	client := w.Client(0, socktest.Send("a"), socktest.Pause(time.Second), socktest.Send("b\n"))
	newcomer := w.Client(500*ms, socktest.Send("c\n"))
	w.Run(10 * time.Second)
	want(t, "the client's reply", string(client.Received), "ab\n")
	want(t, "the newcomer's", string(newcomer.Received), "c\n")
}

// A client that has gone gives up its place first, though nobody has seen that
// yet.
func TestAClientThatHasGoneGivesUpItsPlace(t *testing.T) {
	for _, leave := range []socktest.Step{socktest.CloseWrite(), socktest.Reset()} {
		w := newWorld(lines)
		w.Pace = sock.Posted()
		w.Pace.PollWait = 0
		w.Limits.MaxClients = 2
		w.Start()
		w.Client(50*ms, socktest.Send("a\n"), socktest.Pause(270*ms), leave)
		alive := w.Client(150*ms, socktest.Send("b\n"))
		newcomer := w.Client(340*ms, socktest.Send("c\n"))
		w.Run(time.Second)
		want(t, "the newcomer's reply", string(newcomer.Received), "C\n")
		if alive.End != nil {
			t.Errorf("the client that was there is given up: %v", alive.End)
		}
	}
}

// The order is that of idleness, not of the last polls.
func TestTheOrderOfIdlenessIsNotThatOfPolls(t *testing.T) {
	for _, newcomer := range []time.Duration{5010 * ms, 5060 * ms} {
		w := newWorld(lines)
		w.Pace = sock.Posted()
		w.Pace.ListenWait, w.Pace.PollWait = 0, 0
		w.Limits.MaxClients = 2
		w.Start()
		first := w.Client(1000*ms, socktest.Send("a\n"))
		second := w.Client(2000*ms, socktest.Send("b\n"))
		w.Client(newcomer)
		// Between them, the order of polls is turned around: the first is
		// held up in its next callback by a routine that takes some time.
		w.At(3*time.Second, func() { w.Skip(150 * ms) })
		w.Run(6 * time.Second)
		if first.End == nil || second.End != nil {
			t.Errorf("with a newcomer at %v the ends are %v and %v, want that of the first", newcomer, first.End, second.End)
		}
	}
}

// A client that has sent nothing but what asks for nothing is idle, or silent.
func TestWhatAsksForNothingKeepsNoPlace(t *testing.T) {
	for _, sent := range []string{"\n", "a\n\n"} {
		w := newWorld(func(client *sock.Unit) {
			for bytes.HasPrefix(client.Input(), []byte("\n")) {
				client.Skip(1)
			}
			lines(client)
		})
		w.Limits.MaxClients = 1
		w.Start()
		client := w.Client(0, socktest.Send(sent))
		newcomer := w.Client(time.Second, socktest.Send("b\n"))
		w.Run(2 * time.Second)
		want(t, "the newcomer's reply", string(newcomer.Received), "B\n")
		want(t, "the client's end", client.End, io.EOF)
	}
}

// A client that leaves while the routine works for it is noticed; and one that has
// only shut its side gets its reply, unless another needs its place.
func TestAClientThatLeavesWhileTheRoutineWorks(t *testing.T) {
	for _, test := range []struct {
		name     string
		leave    socktest.Step
		newcomer bool
		reply    string
		dropped  int
	}{
		{"shuts its side", socktest.CloseWrite(), false, "DONE\n", 0},
		{"shuts its side, and another comes", socktest.CloseWrite(), true, "", 1},
		{"resets", socktest.Reset(), false, "", 0},
	} {
		w := newWorld(func(client *sock.Unit) {
			calls, _ := client.Value.(int)
			client.Value = calls + 1
			switch {
			case string(client.Input()) == "b\n":
				upper(client)
			case client.Err() != nil && client.Err() != io.EOF:
				client.Free()
			case calls < 20:
				client.CallAgain()
			default:
				io.WriteString(client, "DONE\n")
				client.Free()
			}
		})
		w.StepTime = 50 * ms
		w.Limits.MaxClients = 1
		w.Start()
		client := w.Client(0, socktest.Send("a\n"), socktest.Pause(200*ms), test.leave)
		var newcomer *socktest.Client
		if test.newcomer {
			newcomer = w.Client(400*ms, socktest.Send("b\n"))
		}
		w.Run(5 * time.Second)
		want(t, test.name+": the reply", string(client.Received), test.reply)
		if newcomer != nil {
			want(t, test.name+": the newcomer's reply", string(newcomer.Received), "B\n")
		}
		dropped := 0
		for _, e := range w.events {
			if e.Kind == trace.Dropped {
				dropped++
			}
			if e.Kind == trace.Dispatched && test.leave == socktest.Reset() && w.Since(e.Time) > 400*ms {
				t.Errorf("%s: the routine is called at %v", test.name, w.Since(e.Time))
			}
		}
		want(t, test.name+": dropped", dropped, test.dropped)
		w.WantIdle(t)
	}
}

// A server without descriptors lets an idle client give its up.
func TestNoDescriptors(t *testing.T) {
	w := newWorld(lines)
	w.Start()
	idle := w.Client(0, socktest.Send("a\n"))
	newcomer := w.Client(time.Second, socktest.Send("b\n"))
	w.At(900*ms, func() { w.RefuseAccepts(os.NewSyscallError("accept", syscall.EMFILE)) })
	w.Run(2 * time.Second)
	want(t, "the idle one's end", idle.End, io.EOF)
	want(t, "the newcomer's reply", string(newcomer.Received), "B\n")
}

// Others may take the descriptor that an idle client gave up. Then the next gives
// up its own.
func TestNoDescriptorsAgain(t *testing.T) {
	w := newWorld(lines)
	w.Start()
	for range 4 {
		w.Client(0, socktest.Send("a\n"))
	}
	emfile := os.NewSyscallError("accept", syscall.EMFILE)
	w.At(900*ms, func() { w.RefuseAccepts(emfile, emfile, emfile) })
	newcomer := w.Client(time.Second, socktest.Send("b\n"))
	w.Run(2 * time.Second)
	want(t, "idle clients that gave up their descriptors", len(strings.Fields(w.luns(trace.Dropped))), 3)
	want(t, "the newcomer's reply", string(newcomer.Received), "B\n")
}

// A client that keeps its place, since it has sent something, is called for that
// at once, however long it was idle.
func TestARequestThatKeepsItsPlaceIsAnsweredAtOnce(t *testing.T) {
	w := newWorld(lines)
	w.Limits.MaxClients = 1
	w.Start()
	w.Client(0, socktest.Send("a\n"), socktest.Pause(5010*ms), socktest.Send("b\n"))
	newcomer := w.Client(5012*ms, socktest.Send("c\n"))
	w.Run(6 * time.Second)
	want(t, "replies are sent at", w.when(trace.Wrote, 101), "100µs 5.012s 5.0122s")
	want(t, "the newcomer's reply", string(newcomer.Received), "C\n")
}
