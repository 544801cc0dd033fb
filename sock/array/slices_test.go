package array_test

import (
	"io"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"sockhttp/sock/socktest"
	"sockhttp/sock/trace"
)

// large is an array of 4 Mi bytes, half of which are 0 and half 2.
const largeBytes = 4 << 20

var large = six(3, 1, 2048, 2048, 1, largeBytes) + strings.Repeat("\x00\x02", largeBytes/2)

// While a command is obeyed for a large array, other clients are answered, and
// the answer is what it would be at once.
func TestOthersAreAnsweredBetweenSlices(t *testing.T) {
	for command, test := range map[string]struct {
		want   string
		slices int
	}{
		"mean":      {"1\n", 16},
		"total":     {"4194304\n", 16},
		"min":       {"0\n", 16},
		"max":       {"2\n", 16},
		"stddev":    {"1.0000001192093109\n", 32},
		"histogram": {"16 bins from 0 to 2: 2097152 0 0 0 0 0 0 0 0 0 0 0 0 0 0 2097152\n", 32},
		"image":     {"image-1.png, 2048 x 2048\n", 2048 / 7},
	} {
		w := newWorld(t, true)
		w.Window = len(large) + 1000
		calls := 0
		w.Trace[trace.Dispatched] = func(e trace.Event) {
			if e.Addr.String() == "198.51.100.1:1024" && w.Now() >= time.Second {
				calls++
			}
		}
		first := w.Connect(socktest.Script{Steps: []socktest.Step{socktest.Send(large), socktest.Pause(time.Second), socktest.Send(command + "\n")}})
		other := w.Connect(socktest.Script{Connect: time.Second, Steps: []socktest.Step{socktest.Send(bytesOf("abc") + "max\n")}})
		w.Run(2 * time.Second)
		if string(first.Received) != test.want || string(other.Received) != "99\n" {
			t.Errorf("%s: answered %q, and to the other client %q", command, first.Received, other.Received)
		}
		if calls < test.slices || calls > test.slices+10 {
			t.Errorf("%s: the routine was called %d times, want %d", command, calls, test.slices)
		}
		if first.FirstByte <= other.FirstByte {
			t.Errorf("%s: the other client was answered at %v, not before the first at %v", command, other.FirstByte, first.FirstByte)
		}
	}
}

// A client that leaves while its command is obeyed ends that: nothing is left of
// it, no memory, no file, and no coroutine. One that has but shut its side gets
// its answer.
func TestClientThatLeavesBetweenSlices(t *testing.T) {
	w := newWorldWith(t, true, largeBytes)
	w.Window = len(large) + 1000
	before := runtime.NumGoroutine()
	image := []socktest.Step{socktest.Send(large), socktest.Pause(time.Second), socktest.Send("image\n")}
	calls := 0
	w.Trace[trace.Dispatched] = func(e trace.Event) {
		if w.Now() >= time.Second {
			calls++
		}
	}
	gone := w.Connect(socktest.Script{Steps: append(image[:3:3], socktest.Pause(20*ms), socktest.Reset())})
	w.Run(5 * time.Second)
	w.WantIdle(t)
	if calls < 3 {
		t.Errorf("the client leaves before slice %d", calls)
	}
	files, err := os.ReadDir(w.out)
	if len(gone.Received) > 0 || len(files) > 0 || err != nil || runtime.NumGoroutine() > before {
		t.Errorf("of the client that leaves there are %q, %v, %v and %d goroutines", gone.Received, files, err, runtime.NumGoroutine()-before)
	}
	stays := w.Connect(socktest.Script{Connect: w.Now(), Steps: append(image[:3:3], socktest.CloseWrite())})
	w.Run(w.Now() + 5*time.Second)
	if got := string(stays.Received); got != "image-2.png, 2048 x 2048\n" || stays.End != io.EOF {
		t.Errorf("the next client is answered %q, %v", got, stays.End)
	}
	w.WantIdle(t)
}
