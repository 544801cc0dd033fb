package lab

import (
	"encoding/json"
	"fmt"
	nethttp "net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/synctest"

	"sockhttp/http/scenario"
)

// ask asks a handler, and returns the status and the body of its answer.
func ask(h nethttp.Handler, method, path, body string) (int, string) {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader(body)))
	return w.Code, w.Body.String()
}

// play asks for a question's answer, in the bubble of a test.
func play(t *testing.T, h nethttp.Handler, q question) (a answer) {
	t.Helper()
	b, err := json.Marshal(q)
	if err != nil {
		t.Fatal(err)
	}
	status, number := ask(h, "POST", "/lab/play", string(b))
	if status != nethttp.StatusAccepted {
		t.Fatalf("status %d, %s", status, number)
	}
	synctest.Wait()
	status, body := ask(h, "GET", "/lab/answers/"+number, "")
	if err := json.Unmarshal([]byte(body), &a); err != nil || status != nethttp.StatusOK {
		t.Fatalf("status %d, %v in %q", status, err, body)
	}
	return a
}

// The laboratory's timelines are those that are kept, to the byte.
func TestTimelines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := Handler()
		for _, s := range scenario.Histories {
			want, err := os.ReadFile("../../../testdata/timelines/" + s.Name + ".txt")
			if err != nil {
				t.Fatal(err)
			}
			a := play(t, h, question{Scenario: s.Text})
			if len(a.Histories) != 1 || a.Histories[0].Timeline != strings.ReplaceAll(string(want), "\r\n", "\n") {
				t.Errorf("%s is %+v", s.Name, a)
			}
			if !strings.HasPrefix(a.Picture, "<svg ") || strings.Contains(a.Picture, "<style") {
				t.Errorf("the picture of %s is %.200s", s.Name, a.Picture)
			}
		}
	})
}

// Both paces are compared, and a part of their picture is drawn without the lines.
func TestBothPaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := Handler()
		q := question{Scenario: scenario.Find("posted-two-clients-at-once").Text, Both: true}
		a := play(t, h, q)
		if len(a.Histories) != 2 || !strings.Contains(a.Picture, "below, 200ms sooner") {
			t.Errorf("the answer is %+v", a)
		}
		if want, err := os.ReadFile("../../../testdata/timelines/posted-two-clients-at-once.txt"); err != nil || a.Histories[0].Timeline != string(want) {
			t.Errorf("the posted pace is\n%s", a.Histories[0].Timeline)
		}
		q.Picture, q.From, q.To, q.Width = true, 0.1, 0.2, 500
		if a := play(t, h, q); a.Histories != nil || !strings.Contains(a.Picture, `width="500"`) || !strings.Contains(a.Picture, `data-from="0.1" data-to="0.2"`) {
			t.Errorf("the part is %+v", a)
		}
		if a := play(t, h, question{Scenario: "until 1h", Both: true}); a.Error == nil || !strings.Contains(a.Error.Message, "at most 200000 are compared") || a.Picture != "" {
			t.Errorf("two long histories give %+v", a.Error)
		}
		for _, alone := range []string{"swarm 58", "pace posted\nblocking"} {
			if a := play(t, h, question{Scenario: alone, Both: true}); a.Error == nil || !strings.Contains(a.Error.Message, "cannot be compared") {
				t.Errorf("both paces of %q give %+v", alone, a.Error)
			}
		}
	})
}

// A scenario that one pace makes too long is refused, and the pace is named.
func TestTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := Handler()
		const long = "file large 1000000\nwindow 100000\nuntil 1s\nclient at 0s times 20\nget /large"
		for both, want := range map[bool]string{false: "", true: "The eager pace: "} {
			want += "more than 16777216 bytes are written by 129.8ms; at most that many are played"
			if a := play(t, h, question{Scenario: long, Both: both}); a.Error == nil || a.Error.Message != want {
				t.Errorf("both paces %v: the error is %+v, want %s", both, a.Error, want)
			}
		}
		if a := play(t, h, question{Scenario: "pace posted\n" + long}); a.Error != nil {
			t.Errorf("the posted pace is refused: %+v", a.Error)
		}
	})
}

func TestMistakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := Handler()
		if a := play(t, h, question{Scenario: "pace posted\nclient\n"}); a.Error == nil || a.Error.Line != 2 || a.Picture != "" {
			t.Errorf("a wrong scenario gives %+v", a)
		}
		for _, test := range []struct {
			method, path, body string
			status             int
			want               string
		}{
			{"POST", "/lab/play", "{", 400, "this is not a question: unexpected EOF\n"},
			{"GET", "/lab/answers/99", "", 404, "there is no such answer, or no longer\n"},
			{"GET", "/lab/answers/x", "", 404, "there is no such answer, or no longer\n"},
			{"DELETE", "/lab/examples", "", 405, "Method Not Allowed\n"},
		} {
			if status, body := ask(h, test.method, test.path, test.body); status != test.status || body != test.want {
				t.Errorf("%s %s: status %d, %q, want %d, %q", test.method, test.path, status, body, test.status, test.want)
			}
		}
	})
}

// What the page loads is of the type that it says it is.
func TestTypes(t *testing.T) {
	for path, want := range map[string]string{
		"lab.js": "", "lanes.css": "text/css; charset=utf-8", "examples": "application/json", // that of .js is the system's
	} {
		w := httptest.NewRecorder()
		Handler().ServeHTTP(w, httptest.NewRequest("GET", "/lab/"+path, nil))
		if got := w.Header().Get("Content-Type"); w.Code != nethttp.StatusOK || want != "" && got != want || w.Body.Len() == 0 {
			t.Errorf("%s: status %d, %s, %d bytes, want %s", path, w.Code, got, w.Body.Len(), want)
		}
	}
}

// Nobody waits for what is played, and only a few questions are under way. Old
// answers are forgotten.
func TestBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &laboratory{answers: map[int][]byte{}}
		mux := nethttp.NewServeMux()
		mux.HandleFunc("POST /lab/play", l.play)
		mux.HandleFunc("GET /lab/answers/{number}", l.answer)
		l.working.Lock() // as if one was being played
		for n := range maxWaiting {
			if status, number := ask(mux, "POST", "/lab/play", `{"scenario": ""}`); status != 202 || number != fmt.Sprint(n+1) {
				t.Errorf("status %d, %s", status, number)
			}
		}
		if status, _ := ask(mux, "GET", "/lab/answers/1", ""); status != nethttp.StatusNoContent {
			t.Errorf("an answer that is not there has status %d", status)
		}
		if status, _ := ask(mux, "POST", "/lab/play", `{}`); status != nethttp.StatusServiceUnavailable {
			t.Errorf("one question too many has status %d", status)
		}
		l.working.Unlock()
		synctest.Wait()
		l.working.Lock()
		ask(mux, "POST", "/lab/play", "{}")
		delete(l.answers, l.last) // as newer questions do
		l.working.Unlock()
		synctest.Wait()
		if status, _ := ask(mux, "GET", fmt.Sprint("/lab/answers/", l.last), ""); status != nethttp.StatusNotFound {
			t.Errorf("an answer that was forgotten before it was there has status %d", status)
		}
		for range maxAnswers {
			play(t, mux, question{})
		}
		if status, _ := ask(mux, "GET", "/lab/answers/1", ""); status != nethttp.StatusNotFound || len(l.answers) != maxAnswers || len(l.played) > maxPlayed {
			t.Errorf("an old answer has status %d, and %d answers and %d histories are kept", status, len(l.answers), len(l.played))
		}
	})
}
