package watch

import (
	"os"
	"strings"
	"testing"
	"time"

	"sockhttp/sock"
	"sockhttp/sock/socktest"
	"sockhttp/sock/trace"
)

// The page is told what happened since a number, what is pending and how the server is
// run.
func TestAnswer(t *testing.T) {
	w := newWorld(t, sock.Posted(), Options{Blocks: true})
	w.network.At(140*ms, func() { w.connect(socktest.Send("anyone?")) })
	const how = `"state":{"Paused":false,"Pausing":false,"Running":false,"Slower":1,"Released":false},"pace":"posted","blocking":true,`
	for _, test := range []struct {
		path string
		want []string
	}{
		{"/events", []string{`{"next":0,"now":0,` + how + `"events":[],"open":[],"last":[],"in":"","queue":[],"pending":0,"clients":[],"kernel":null}`}},
		{"/events?since=5", []string{
			`{"next":14,"now":0.34,` + how,
			`"events":[`,
			`[6,0.140000000,"set",100,"ListenerCallback",0.100000000,0,"ListenerCallback set in 100ms"],`,
			`[7,0.240000000,"fired",101,"ServerCallback",0.000000000,0,"ServerCallback"],`,
			`[8,0.240000000,"poll",101,"",0.010000000,0,"poll, waiting up to 10ms"],`,
			`[9,0.240000000,"polled",101,"",0.000000000,0,"poll ended: 7 bytes"],`,
			`[10,0.240000000,"called",101,"",0.000000000,0,"routine called"],`,
			`[11,0.240000000,"wrote",101,"",0.000000000,0,"wrote 6 bytes"],`,
			`[12,0.240000000,"freed",101,"",0.100000000,0,"freed after 100ms, 6 bytes written"],`,
			`[13,0.240000000,"set",101,"LingerCallback",0.100000000,0,"LingerCallback set in 100ms"],`,
			`[14,0.240000000,"set",101,"ServerCallback",0.100000000,0,"ServerCallback set in 100ms"]],`,
			`"open":[`,
			`[15,0.240000000,"fired",100,"ListenerCallback",0.000000000,0,"ListenerCallback"],`,
			`[16,0.240000000,"poll",100,"",0.100000000,0,"poll, waiting up to 100ms"],`,
			`[17,0.340000000,"polled",100,"",0.000000000,0,"poll ended: nothing"],`,
			`[18,0.340000000,"set",100,"ListenerCallback",0.100000000,0,"ListenerCallback set in 100ms"]],`,
			`"last":[[18,0.340000000,"set",100,"ListenerCallback",0.100000000,0,"ListenerCallback set in 100ms"]],`,
			`"in":"ListenerCallback",`,
			`"queue":[`,
			`{"unit":101,"callback":"LingerCallback","due":0.34,"order":13},`,
			`{"unit":101,"callback":"ServerCallback","due":0.34,"order":14},`,
			`{"unit":100,"callback":"ListenerCallback","due":0.44,"order":18}],`,
			`"pending":3,"clients":[],"kernel":null}`,
		}},
	} {
		if _, body := w.ask("GET", test.path, nil); body != strings.Join(test.want, "")+"\n" {
			t.Errorf("%s: the page is told\n%s\nwant\n%s", test.path, body, strings.Join(test.want, "\n"))
		}
		w.run(240 * ms)
	}
	a := w.events(10)
	want(t, "events since the tenth", uint64(strings.Count(string(a.Events), `,"`)/3), a.Next-10)
}

// Each kind of entry is a row.
func TestRows(t *testing.T) {
	at := start.Add(1500 * time.Microsecond)
	for _, test := range []struct {
		entry entry
		want  string
	}{
		{entry{Event: trace.Event{Time: at, Kind: trace.TimerSet, LUN: 101, Callback: "ServerCallback", Delay: 100 * ms}, order: 7}, `[7,0.001500000,"set",101,"ServerCallback",0.100000000,0,"ServerCallback set in 100ms"]`},
		{entry{Event: trace.Event{Time: at, Kind: trace.PollBegun, LUN: 101, Wait: 10 * ms}, order: 8}, `[8,0.001500000,"poll",101,"",0.010000000,0,"poll, waiting up to 10ms"]`},
		{entry{Event: trace.Event{Time: at, Kind: trace.Replied, LUN: 101, Took: time.Second, Note: "404 \"x\" <b>", Bytes: 5}, order: 9}, `[9,0.001500000,"replied",101,"",1.000000000,0,"replied after 1s: 404 \"x\" \u003cb\u003e, 5 bytes"]`},
		{entry{Event: trace.Event{Time: at, Kind: trace.TimerFired, LUN: 101, Callback: "ServerCallback"}, order: 10, number: 3, until: at.Add(20 * ms)}, `[10,0.001500000,"empty",101,"ServerCallback",0.020000000,3,"ServerCallback found nothing 3 times, until 20ms later"]`},
		{entry{Event: trace.Event{Time: at, Kind: trace.TimerFired, LUN: 101, Callback: "ServerCallback"}, order: 11, number: 2, until: at.Add(20 * ms)}, `[11,0.001500000,"empty",101,"ServerCallback",0.020000000,2,"ServerCallback found nothing 2 times, until 20ms later"]`},
		{entry{Event: trace.Event{Time: at}, order: 12, number: 99, until: at.Add(2 * ms), gap: true}, `[12,0.001500000,"gap",0,"",0.002000000,99,"99 events are not kept, until 2ms later"]`},
		{entry{Event: trace.Event{Time: at}, order: 13, number: 1, until: at.Add(2 * ms), gap: true}, `[13,0.001500000,"gap",0,"",0.002000000,1,"1 events are not kept, until 2ms later"]`},
		{entry{Event: trace.Event{Time: at}, order: 14, number: 1, until: at.Add(time.Hour), gap: true, asleep: true}, `[14,0.001500000,"gap",0,"",3600.000000000,1,"nobody watched, until 1h0m0s later"]`},
	} {
		if got := string(appendRow(nil, start, &test.entry)); got != test.want {
			t.Errorf("%s\nwant\n%s", got, test.want)
		}
	}
}

// The page is told of 60 callbacks that are pending, those that are due first, and of
// how many there are.
func TestALongQueue(t *testing.T) {
	w := newWorld(t, sock.Eager(), Options{})
	w.events(0)
	for range 70 {
		w.connect()
	}
	w.run(10 * ms)
	a := w.events(0)
	want(t, "the pace", a.Pace, "eager")
	want(t, "how many are pending", a.Pending, 71)
	want(t, "of how many the page is told", len(a.Queue), 60)
	for i := range a.Queue[1:] {
		if p, q := a.Queue[i], a.Queue[i+1]; p.Due > q.Due {
			t.Errorf("%v comes before %v", p, q)
		}
	}
}

// Only while the server is paused is the page told what waits in the kernel, and only
// where there are tables of that.
func TestAPauseTellsOfTheKernel(t *testing.T) {
	_, err := os.Stat("/proc/net/tcp")
	playWorld(t, func(w *world) {
		for command, told := range map[string]bool{"resume": false, "pause": err == nil} {
			w.do(command, "", time.Second)
			want(t, command+": the page is told of the kernel", w.events(0).Kernel != nil, told)
		}
	})
}
