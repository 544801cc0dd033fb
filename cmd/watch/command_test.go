package watch

import (
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"sockhttp/cmd/control"
	"sockhttp/sock"
	"sockhttp/sock/socktest"
)

// fired is how many callbacks the history has.
func (w *world) fired() int { return strings.Count(w.history(), "Callback\n") }

// The buttons of the page do what they say, and the page is told so.
func TestPauseAndStep(t *testing.T) {
	playWorld(t, func(w *world) {
		w.events(0)
		w.run(time.Second)
		for _, test := range []struct {
			command   string
			callbacks int // in an hour
			state     control.State
		}{
			{"pause", 0, control.State{Paused: true, Slower: 1}},
			{"step", 1, control.State{Paused: true, Slower: 1}},
			{"step", 1, control.State{Paused: true, Slower: 1}},
			{"resume", 5, control.State{Slower: 1}},
		} {
			before := w.fired()
			w.do(test.command, "", time.Second)
			want(t, test.command+": callbacks in a second", w.fired()-before, test.callbacks)
			want(t, test.command+": the state", w.events(0).State, test.state)
		}
	})
}

// The server runs to an event of a kind or of a unit, and to the end of the callback in
// which that is.
func TestUntil(t *testing.T) {
	for value, last := range map[string]string{
		"set":      " 0.600000  100  ListenerCallback set in 100ms\n",
		"accepted": " 0.700000  100  ListenerCallback set in 100ms\n",
		"102":      " 1.010000  100  ListenerCallback set in 100ms\n",
		"freed":    " 1.110000  102  ServerCallback set in 100ms\n",
	} {
		w := newWorld(t, sock.Posted(), Options{})
		w.events(0)
		w.run(300 * ms)
		w.do("until", value, 250*ms)
		w.connect()
		w.run(200 * ms)
		w.connect(socktest.Send("anyone?"))
		w.run(time.Minute)
		if got := w.history(); !strings.HasSuffix(got, last) {
			t.Errorf("until %s happened\n%s", value, got)
		}
	}
}

// What is not a command is refused, and changes nothing.
func TestValuesOfCommands(t *testing.T) {
	w := newWorld(t, sock.Posted(), Options{})
	for _, test := range []struct{ command, value, want string }{
		{"slower", "1", ""}, {"slower", "1000", ""}, {"slower", "20", ""},
		{"slower", "0", `"0" is not a speed; give how many times slower, from 1 to 1000`},
		{"slower", "1001", `"1001" is not a speed; give how many times slower, from 1 to 1000`},
		{"slower", "x", `"x" is not a speed; give how many times slower, from 1 to 1000`},
		{"pace", "eager", ""}, {"pace", "posted", ""},
		{"pace", "fast", `"fast" is not a pace; give posted or eager`},
		{"until", "never", `"never" is neither the number of a unit nor a kind of event`},
		{"until", "set", ""},
		{"stop", "", `there is no command "stop"`},
	} {
		before := w.events(0)
		status, body := w.ask("POST", "/control", url.Values{"do": {test.command}, "value": {test.value}})
		after := w.events(0)
		switch {
		case test.want != "":
			want(t, test.command+": "+body, status, 400)
			want(t, test.command, body, test.want+"\n")
			want(t, test.command+": the state", after.State, before.State)
			want(t, test.command+": the pace", after.Pace, before.Pace)
		case test.command == "slower":
			times := map[string]int{"1": 1, "20": 20, "1000": 1000}[test.value]
			want(t, "how much slower it is", after.State.Slower, times)
			want(t, "the time in which calls are folded then", w.recorder.window, 25*ms/time.Duration(times))
		case test.command == "pace":
			want(t, "the pace", after.Pace, test.value)
		}
		if test.want == "" && (status != 204 || body != "") {
			t.Errorf("%s %s: %d %q", test.command, test.value, status, body)
		}
	}
}

// Events are recorded for 90 s after a page has asked for them the last time, or for as
// long as the server is paused; the next page that asks is told for how long not.
func TestNobodyAsks(t *testing.T) {
	playWorld(t, func(w *world) {
		grows := func(name string, want bool) {
			t.Helper()
			before := w.history()
			w.run(time.Second)
			if got := w.history() != before; got != want {
				t.Errorf("%s events are recorded: %v", name, got)
			}
		}
		w.run(time.Minute)
		grows("before a page has asked", false)
		w.events(0)
		w.do("pause", "", time.Hour)
		w.events(0)
		want(t, "the page is told that nobody watched the pause", strings.Contains(w.history(), "nobody"), false)
		w.do("resume", "", 0)
		grows("after a pause", true)
		w.run(88 * time.Second)
		grows("90 s after that", true)
		w.run(time.Second)
		grows("and a second later", false)
		w.run(time.Minute)
		grows("and a minute later", false)
		w.events(0)
		if got := w.history(); got != "152.000000    0  nobody watched, until 1m2s later\n" {
			t.Errorf("then the history is %q", got)
		}
		grows("when a page has asked again", true)
	})
}

// A picture is of the part of the time that is asked for, or up to now.
func TestThePartOfAPicture(t *testing.T) {
	w := newWorld(t, sock.Posted(), Options{})
	w.events(0)
	w.run(2 * time.Second)
	for query, want := range map[string]string{
		"":                     `data-from="0" data-to="2"`,
		"?from=0.5&to=1.25":    `data-from="0.5" data-to="1.25"`,
		"?from=-1&to=-1":       `data-from="0" data-to="2"`,
		"?from=some&to=time":   `data-from="0" data-to="2"`,
		"?to=1000000000":       `data-from="0" data-to="1e+09"`,
		"?from=1e-3&to=1e9001": `data-from="0.001" data-to="2"`,
		"?from=NaN&to=NaN":     `data-from="0" data-to="2"`,
		"?to=1000000001":       `data-from="0" data-to="2"`,
	} {
		if _, body := w.ask("GET", "/history.svg"+query, nil); !strings.Contains(body, want) {
			t.Errorf("the picture %s is %.300s, want %s", query, body, want)
		}
	}
}

// A browser is told to keep nothing, to ask nobody else, and to guess no types.
func TestHeaders(t *testing.T) {
	w := newWorld(t, sock.Posted(), Options{})
	for path, policy := range map[string]string{
		"/":            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
		"/history.svg": "default-src 'none'; style-src 'unsafe-inline'",
	} {
		rw := httptest.NewRecorder()
		w.page.ServeHTTP(rw, httptest.NewRequest("GET", path, nil))
		for name, value := range map[string]string{
			"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store",
		} {
			want(t, path+": "+name, rw.Header().Get(name), value)
		}
	}
}

// The laboratory is there, for those who look and for those who ask.
func TestLaboratory(t *testing.T) {
	w := newWorld(t, sock.Posted(), Options{})
	for _, test := range []struct {
		method, path string
		status       int
		body         string
	}{
		{"GET", "/lab/examples", 200, `"name":"`},
		{"POST", "/lab/play", 400, "this is not a question"},
	} {
		if status, body := w.ask(test.method, test.path, nil); status != test.status || !strings.Contains(body, test.body) {
			t.Errorf("%s: %d %.100s", test.path, status, body)
		}
	}
}

// The page gets the routines that it is told of, in JSON.
func TestCode(t *testing.T) {
	w := newWorld(t, sock.Posted(), Options{Routine: "PostedHTTP"})
	_, body := w.ask("GET", "/code", nil)
	var got []listing
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatal(err)
	}
	all, err := listings("PostedHTTP")
	if err != nil {
		t.Fatal(err)
	}
	want(t, "the code", got, all)
}
