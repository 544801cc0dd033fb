package array_test

import (
	"io"
	"log"
	"runtime"
	"strings"
	"testing"
	"time"

	"sockhttp/sock/socktest"
)

// A header costs no memory, whatever it announces.
func TestHostileHeadersCostNothing(t *testing.T) {
	w := newWorld(t, false)
	header := six(3, 64<<20, 1, 1, 1, 64<<20)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	const clients = 100
	for range clients {
		w.ask(t, socktest.Send(header))
	}
	runtime.ReadMemStats(&after)
	if n := (after.TotalAlloc - before.TotalAlloc) / clients; n > 100_000 {
		t.Errorf("%d bytes for a header", n)
	}
}

// The arrays of all clients have no more bytes than the server has for them, and
// there is room again for as much as was given back, however a client ends. What
// is announced and does not come takes no room.
func TestMemoryIsBounded(t *testing.T) {
	const size, clients = 1 << 17, 8
	most := six(3, size, 1, 1, 1, size)
	const refusal = "error: the server has no memory left for your array: other clients' arrays take it; try again later\n"
	for name, ending := range map[string][]socktest.Step{
		"answered":              {socktest.Send(bytesOf("abc") + "mean\n"), socktest.CloseWrite()},
		"answered twice":        {socktest.Send(bytesOf("abc") + "mean\n" + bytesOf("abcd") + "mean\n"), socktest.CloseWrite()},
		"no such command":       {socktest.Send(bytesOf("abc") + "guess\n")},
		"a long command":        {socktest.Send(bytesOf("abc") + strings.Repeat("x", 2000))},
		"part of an array":      {socktest.Send(most + "part"), socktest.CloseWrite()},
		"part of a command":     {socktest.Send(bytesOf("abc") + "me"), socktest.CloseWrite()},
		"a header alone":        {socktest.Send(most), socktest.CloseWrite()},
		"a header without time": {socktest.Send(most)},
		"gone":                  {socktest.Send(most + "part"), socktest.Pause(ms), socktest.Reset()},
		"vanished":              {socktest.Send(bytesOf("abc")[:26]), socktest.Vanish()},
		"a panic":               {socktest.Send(bytesOf("abc") + "max\n")},
	} {
		w := newWorldWith(t, false, clients*size+1000)
		w.Log = log.New(io.Discard, "", 0)
		w.print = func(command string) {
			if command == "max" {
				panic("Print panics")
			}
		}
		for range 2 {
			w.Connect(socktest.Script{Connect: w.Now(), Steps: ending})
			w.Run(w.Now() + 50*time.Second)
		}
		w.WantIdle(t)
		var holders []*socktest.Client
		for range 20 {
			w.Connect(socktest.Script{Connect: w.Now() + ms, Steps: []socktest.Step{socktest.Send(most + "a few")}})
		}
		for range clients + 1 {
			holders = append(holders, w.Connect(socktest.Script{Connect: w.Now() + ms, Steps: []socktest.Step{socktest.Send(most + strings.Repeat("x", size))}}))
			w.Run(w.Now() + time.Second)
		}
		for i, c := range holders {
			if want := map[bool]string{true: refusal}[i == clients]; string(c.Received) != want {
				t.Errorf("%s: then client %d of %d gets %q, want %q", name, i+1, clients+1, c.Received, want)
			}
		}
		if got := w.ask(t, socktest.Send(most)); got != refusal {
			t.Errorf("%s: then a client that has sent the header alone gets %q", name, got)
		}
	}
}

// Those whose headers came while there was room for each, and whose elements come
// when there is none for all, have no more bytes either.
func TestMemoryIsBoundedForThoseWhoComeTogether(t *testing.T) {
	const size, room, clients = 1 << 17, 4, 12
	w := newWorldWith(t, false, room*size+1000)
	var crowd []*socktest.Client
	for range clients {
		crowd = append(crowd, w.Connect(socktest.Script{Steps: []socktest.Step{
			socktest.Send(six(3, size, 1, 1, 1, size)), socktest.Pause(10 * ms), socktest.Send(strings.Repeat("x", size)),
			socktest.Pause(time.Second), socktest.Send("max\n"), socktest.CloseWrite(),
		}}))
	}
	w.Run(w.Now() + 50*time.Second)
	answered := 0
	for _, c := range crowd {
		switch got := string(c.Received); {
		case got == "120\n":
			answered++
		case !strings.HasPrefix(got, "error: the server has no memory left"):
			t.Errorf("a client gets %q", got)
		}
	}
	if answered < 1 || answered > room {
		t.Errorf("%d of %d are answered, whose elements wait together; there is room for %d", answered, clients, room)
	}
	w.WantIdle(t)
}

// An array takes its memory as it comes, in pieces that double.
func TestTheMemoryOfAnArray(t *testing.T) {
	w := newWorld(t, false)
	const n = 4 << 20
	var before, after runtime.MemStats
	input := six(3, n, 1, 1, 1, n) + strings.Repeat("x", n) + "max\n"
	runtime.ReadMemStats(&before)
	if got := w.ask(t, socktest.Send(input)); got != "120\n" {
		t.Errorf("answered %q", got)
	}
	runtime.ReadMemStats(&after)
	// Twice for the simulated network, once for the pieces in which it comes, and
	// twice for the array.
	if got := after.TotalAlloc - before.TotalAlloc; got > 7*n {
		t.Errorf("%d bytes for an array of %d", got, n)
	}
}
