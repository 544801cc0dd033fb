package sock_test

import (
	"io"
	"strings"
	"testing"
	"time"

	"sockhttp/sock"
	"sockhttp/sock/socktest"
	"sockhttp/sock/trace"
)

// A full server that shuts down or stops listening sends the replies under way, though no
// poll asks for all who are awake any more.
func TestAFullServerEnds(t *testing.T) {
	reply := strings.Repeat("x", 300_000)
	for name, newWorld := range map[string]func(sock.Routine) *world{"one by one": newWorld, "in one poll": newListWorld} {
		for how, end := range map[string]func(*world){
			"shuts down":      func(w *world) { w.Shutdown(20*time.Second, func() {}) },
			"stops listening": func(w *world) { w.StopListening() },
		} {
			w := newWorld(func(client *sock.Unit) {
				if len(client.Input()) > 0 {
					io.WriteString(client, reply)
					client.Free()
				}
			})
			w.Limits.MaxClients = 2
			w.Start()
			var clients []*socktest.Client
			for i := range 2 {
				clients = append(clients, w.Connect(socktest.Script{Steps: []socktest.Step{socktest.Send("a")}, ReadSize: 20_000 >> i, ReadEvery: 100 * ms}))
			}
			w.At(500*ms, func() { end(w) })
			w.Run(30 * time.Second)
			for _, c := range clients {
				want(t, name+", a server that "+how+": bytes received", len(c.Received), len(reply))
			}
			want(t, name+", a server that "+how+": connections", w.NumOpen(), 0)
			want(t, name+", a server that "+how+": timers", w.Queue.Len(), 0)
		}
	}
}

// Whatever happens at whichever event of a history, in the end nobody holds anything.
func TestNothingIsLeftWhateverHappensWhen(t *testing.T) {
	for name, happens := range map[string]func(*world, map[*sock.Unit]bool){
		"it stops listening":       func(w *world, _ map[*sock.Unit]bool) { w.StopListening() },
		"it shuts down":            func(w *world, _ map[*sock.Unit]bool) { w.Shutdown(time.Second, func() {}) },
		"it shuts down at once":    func(w *world, _ map[*sock.Unit]bool) { w.Shutdown(0, func() {}) },
		"its pace is the posted":   func(w *world, _ map[*sock.Unit]bool) { w.Pace = sock.Posted() },
		"all clients are given up": func(_ *world, units map[*sock.Unit]bool) { free(units) },
	} {
		for _, places := range []int{2, 1024} {
			at := 0
			for happened := true; happened; {
				at++
				happened = false
				units := map[*sock.Unit]bool{}
				w := newListWorld(func(client *sock.Unit) {
					if units[client] = true; client.Err() != nil || len(client.Input()) > 0 {
						client.Write([]byte("hello\n"))
						client.Free()
					}
				})
				w.Limits.MaxClients = places
				events := 0
				w.Trace = trace.All(func(trace.Event) {
					if events++; events == at {
						happened = true
						happens(w, units)
					}
				})
				w.Start()
				for i := range 4 {
					w.Connect(socktest.Script{
						Connect: time.Duration(i) * 700 * time.Microsecond, KeepOpen: i%3 == 0,
						Steps: []socktest.Step{socktest.Pause(time.Duration(i) * ms), socktest.Send("a\n"), socktest.Pause(time.Duration(i) * ms), socktest.CloseWrite()},
					})
				}
				w.Run(13 * time.Second)
				if w.NumOpen() > 0 || w.NumUnits() > 0 || w.Queue.Len() > 1 { // the listener's
					t.Fatalf("%s at event %d, %d places: %d connections, %d units and %d timers are left", name, at, places, w.NumOpen(), w.NumUnits(), w.Queue.Len())
				}
			}
			if at < 100 {
				t.Errorf("%s, %d places: the history has %d events", name, places, at)
			}
		}
	}
}

func free(units map[*sock.Unit]bool) {
	for u := range units {
		u.Free()
	}
}
