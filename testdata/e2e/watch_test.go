package e2e

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// A GET of a client appears in its lane, with the events of the server's own trace.
func TestWatchLanes(t *testing.T) {
	w := watch(t, newBrowser(t), "-v")
	reply, err := io.ReadAll(w.connect())
	if err != nil || !bytes.HasPrefix(reply, []byte("HTTP/1.1 200 OK")) {
		t.Fatalf("the client got %.100q, %v", reply, err)
	}
	const kinds = "accepted called wrote replied freed closed"
	w.until(`watched.all.some(r => r[2] === "closed" && r[3] === 101)`)
	shown := w.texts(101, kinds)
	drawn := run(t, w.browser, chromedp.Evaluate[bool](`watched.laneTop.has(101) && watched.hits.some(h => h.s.lane === 101)`))
	w.end(t)
	var traced []string
	for line := range strings.Lines(w.log.String()) {
		if m := traceLine.FindStringSubmatch(line); m != nil {
			traced = append(traced, m[1])
		}
	}
	if len(shown) < 6 || !slices.Equal(shown, traced) || !drawn {
		t.Errorf("the page has %q, and the server's trace %q; drawn: %v", shown, traced, drawn)
	}
}

var traceLine = regexp.MustCompile(`^ *[\d.:]+ +101 +((?:accepted|routine called|wrote|replied|freed|closed).*?)\r?\n$`)

// fired is how many callbacks the page knows to have been called.
func (w *watched) fired() int {
	w.t.Helper()
	return run(w.t, w.browser, chromedp.Evaluate[int](`watched.all.reduce((n, r) => n + (r[2] === "fired" ? 1 : r[2] === "empty" ? r[6] : 0), 0)`))
}

const paused = `document.body.dataset.state === "paused"`

// While the server is paused a GET waits, a step runs one callback and no other,
// and the page says what waits in the kernel.
func TestWatchPauseAndStep(t *testing.T) {
	browser := newBrowser(t)
	for _, pace := range []string{"eager", "posted"} {
		t.Run(pace, func(t *testing.T) {
			w := watch(t, browser)
			w.click("#pace [value=" + pace + "]")
			w.until(`document.querySelector("#pace [value=` + pace + `]").checked`)
			w.click("#pause")
			w.until(paused)
			c := w.connect()
			if runtime.GOOS == "linux" {
				w.until(`document.querySelector("#status").textContent.includes("in the kernel wait 1 client to be accepted")`)
			}
			answered := make(chan error, 1)
			go func() {
				_, err := io.ReadAll(c)
				answered <- err
			}()
			before := w.fired()
			now := w.events().Now
			steps := 0
			for ; len(answered) == 0 && steps < 60; steps++ {
				if steps%2 == 0 {
					w.click("#step")
				} else { // by its key, which is to work when a button has the focus, too
					run(t, browser, chromedp.Evaluate[bool](`document.querySelector("#pause").focus(), document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {key: "n", bubbles: true}))`))
				}
				w.until(fmt.Sprintf(`%s && watched.all.reduce((n, r) => n + (r[2] === "fired" ? 1 : r[2] === "empty" ? r[6] : 0), 0) > %d`, paused, before+steps))
				if got := w.fired(); got != before+steps+1 {
					t.Fatalf("step %d ran %d callbacks", steps+1, got-before-steps)
				}
			}
			if steps < 2 || steps == 60 {
				t.Errorf("the client was answered after %d steps", steps)
			}
			if then := w.events().Now; then == now {
				t.Error("the steps took no time")
			}
			now = w.events().Now
			w.until(`document.querySelector("#status").textContent.includes("paused")`)
			if then := w.events().Now; then != now {
				t.Errorf("in a pause the time went from %v to %v s", now, then)
			}
			w.click("#pause")
			w.until(`document.body.dataset.state === "running"`)
			if err := <-answered; err != nil {
				t.Error(err)
			}
			w.click("[data-kind=one]")
			w.until(`document.querySelector("#clients").textContent.includes("got 200 OK")`)
		})
	}
}

// The queue's time is a hundredth of the real time: it is asked for between two
// looks at the real clock, so that no delay makes this fail.
func TestWatchSlowMotion(t *testing.T) {
	w := watch(t, newBrowser(t), "-as-posted")
	for _, slower := range []int{10, 100, 1000, 1} {
		w.click(fmt.Sprintf("#speed [value='%d']", slower))
		w.until(fmt.Sprintf(`watched.slower === %d`, slower))
		look := func() (before, after time.Time, at time.Duration) {
			before = time.Now()
			now := w.events().Now
			return before, time.Now(), time.Duration(now * 1e9)
		}
		before1, after1, at1 := look()
		w.until(fmt.Sprintf(`performance.now() > %v`, run(t, w.browser, chromedp.Evaluate[float64](`performance.now() + 500`))))
		before2, after2, at2 := look()
		least, most := before2.Sub(after1)/time.Duration(slower), after2.Sub(before1)/time.Duration(slower)
		if took := at2 - at1; took < least-time.Microsecond || took > most+time.Microsecond {
			t.Errorf("1/%d: %v to %v of the real time were %v of the queue's", slower, least, most, took)
		}
	}
	// Callbacks keep their times by the queue: in the posted pace 0.1 s and 0.2 s.
	w.click("#speed [value='10']")
	w.until(`watched.slower === 10`)
	at := run(t, w.browser, chromedp.Evaluate[float64](`watched.now`))
	w.until(fmt.Sprintf(`watched.now > %v`, at+0.9))
	times := run(t, w.browser, chromedp.Evaluate[[]float64](fmt.Sprintf(`watched.all.filter(r => r[2] === "fired" && r[1] > %v).map(r => r[1])`, at)))
	for i := 1; i < len(times); i++ {
		if d := times[i] - times[i-1]; d < 0.2 || d > 0.25 {
			t.Errorf("from one ListenerCallback to the next it took %v s, want 0.2", d)
		}
	}
	if len(times) < 2 {
		t.Errorf("the callbacks were at %v", times)
	}
}

// Each button of Provoke does what it says.
func TestWatchProvoke(t *testing.T) {
	browser := newBrowser(t)
	for _, test := range []struct{ kind, unit, says string }{
		{"one", `r[2] === "replied" && r[7].includes("200 OK")`, `1, asks: got 200 OK, 715`},
		{"ten", `r[2] === "replied" && new Set(watched.all.filter(r => r[2] === "replied").map(r => r[0])).size === 10`, `10, one of ten: got 200 OK, 715`},
		{"bytes", `r[2] === "polled" && r[7] === "poll ended: 1 bytes" && watched.all.filter(r => r[7] === "poll ended: 1 bytes").length > 1`, `1, a byte a second: has sent 2 of`},
		{"silent", `r[2] === "accepted"`, `1, says nothing: says nothing`},
		{"deaf", `r[2] === "wrote"`, `1, does not read: has asked, and does not read`},
		{"leaves", `r[2] === "polled" && r[7].includes("connection reset by peer")`, `1, leaves midway: left in the middle of its request`},
	} {
		t.Run(test.kind, func(t *testing.T) {
			w := watch(t, browser)
			w.click("[data-kind=" + test.kind + "]")
			w.until(`watched.all.some(r => ` + test.unit + `)`)
			w.until(fmt.Sprintf(`document.querySelector("#clients").textContent.includes(%q)`, test.says))
			if test.kind == "deaf" {
				if n := len(w.texts(101, "replied")); n > 0 {
					t.Error("its reply was sent, though it does not read")
				}
			}
		})
	}
}

// The pace can be switched while the server runs, and what is polled then shows it.
func TestWatchPace(t *testing.T) {
	w := watch(t, newBrowser(t))
	w.until(`watched.all.some(r => r[7] === "ListenerCallback set in 0s")`)
	w.click("#pace [value=posted]")
	w.until(`watched.all.some(r => r[7] === "ListenerCallback set in 100ms")`)
	if pace := w.events().Pace; pace != "posted" {
		t.Errorf("the pace is %q", pace)
	}
	w.click("#pace [value=eager]")
	w.until(`watched.all.findLastIndex(r => r[7] === "ListenerCallback set in 0s") > watched.all.findLastIndex(r => r[7] === "ListenerCallback set in 100ms")`)

	// And it runs to the next event of a kind.
	run(t, w.browser, chromedp.Evaluate[bool](`document.querySelector("#until-what").value = "called", document.querySelector("#until").requestSubmit(), true`))
	w.until(`document.querySelector("#status").textContent.includes("running, to the end of the callback with the next such event")`)
	w.click("[data-kind=one]")
	w.until(paused)
	if called := w.texts(101, "called"); len(called) != 1 {
		t.Errorf("it is paused after %q", called)
	}
	// A selected event is told, and its line marked.
	w.click("#canvas")
	run(t, w.browser, chromedp.Evaluate[bool](`watched.select(watched.all.find(r => r[2] === "called")), true`))
	if told := run(t, w.browser, chromedp.Text("#selected")); !strings.Contains(told, "unit 101") || !strings.Contains(told, "routine called") {
		t.Errorf("of the selected event the page tells %q", told)
	}
	if line := run(t, w.browser, chromedp.Text(".row.now code")); !strings.Contains(line, "d.ReadRequest(client)") {
		t.Errorf("the marked line is %q", line)
	}
	// Up and down lead to the next lane, at about the same time; and a client of the
	// list to where it was accepted.
	at := `Math.abs(watched.selected[1] - watched.all.find(r => r[2] === "called")[1]) < 0.2`
	for _, key := range []struct{ name, selected string }{{"ArrowUp", `watched.selected[3] === 100 && ` + at}, {"ArrowUp", `watched.selected[3] === 100`}, {"ArrowDown", `watched.selected[3] === 101 && ` + at}} {
		if !run(t, w.browser, chromedp.Evaluate[bool](`watched.canvas.dispatchEvent(new KeyboardEvent("keydown", {key: "`+key.name+`"})), `+key.selected)) {
			t.Errorf("%s: it is not true that %s", key.name, key.selected)
		}
	}
	w.click("#clients button")
	if !run(t, w.browser, chromedp.Evaluate[bool](`watched.selected[2] === "accepted" && watched.selected[3] === 101`)) {
		t.Error("the client of the list does not lead to its unit")
	}
	w.click("#pause")

	// The list is one stop of the Tab key, in which up and down lead on.
	w.click("[data-kind=ten]")
	w.until(`document.querySelectorAll("#clients button").length === 11 && document.querySelectorAll("#clients li.done").length === 11`)
	run(t, w.browser, chromedp.Evaluate[bool](`document.querySelector("#clients button[tabindex='0']").focus(), true`))
	run(t, w.browser, chromedp.KeyEvent(kb.ArrowDown))
	run(t, w.browser, chromedp.KeyEvent(kb.ArrowDown))
	if at := run(t, w.browser, chromedp.Evaluate[int](`[...document.querySelectorAll("#clients button")].indexOf(document.activeElement)`)); at != 2 {
		t.Errorf("two down from the first, the focus is at button %d", at)
	}
	if stops := run(t, w.browser, chromedp.Evaluate[int](`document.querySelectorAll("#clients button[tabindex='0']").length`)); stops != 1 {
		t.Errorf("the list has %d stops", stops)
	}

	// What is selected stays in view when the speed changes.
	run(t, w.browser, chromedp.Evaluate[bool](`watched.select(watched.all.find(r => r[2] === "called")), watched.edge = watched.selected[1] + 0.1, true`))
	w.click("#speed [value='100']")
	w.until(`watched.slower === 100`)
	if !run(t, w.browser, chromedp.Evaluate[bool](`watched.selected[1] < watched.right() && watched.selected[1] > watched.right() - watched.span()`)) {
		t.Error("at another speed the selected event is out of view")
	}
}

// When the server has ended the page says so, and buttons that are pressed all the
// same do no harm.
func TestWatchAServerThatEnds(t *testing.T) {
	browser := newBrowser(t)
	p := serve(t, filepath.Join(root, "testdata"), "-watch", "0")
	w := &watched{p, t, browser, watchAddress.FindStringSubmatch(p.use)[1]}
	run(t, browser, chromedp.Navigate(w.page))
	w.until(`watched.rows.length > 0`)
	run(t, browser, chromedp.Evaluate[bool](`window.failed = 0, window.addEventListener("unhandledrejection", () => { window.failed++ }), true`))
	p.end(t)
	w.until(`document.querySelector("#status").textContent === "the server does not answer; it has probably ended"`)
	run(t, browser, chromedp.Evaluate[bool](`document.querySelector("#step").click(), document.querySelector("[data-kind=one]").click(), true`))
	run(t, browser, chromedp.Evaluate[bool](`fetch("events").then(() => true, () => true)`, chromedp.EvalAwaitPromise)) // it fails after theirs
	if failed := run(t, browser, chromedp.Evaluate[int](`window.failed`)); failed != 0 {
		t.Errorf("%d promises failed in the page", failed)
	}
}

// With SOCKHTTP_SHOTS naming a directory, pictures of the page are put there, to
// be looked at.
func TestPictures(t *testing.T) {
	dir := os.Getenv("SOCKHTTP_SHOTS")
	if dir == "" {
		t.Skip("SOCKHTTP_SHOTS names no directory")
	}
	browser := newBrowser(t)
	for _, pace := range []string{"posted", "eager"} {
		var args []string
		if pace == "posted" {
			args = []string{"-as-posted"}
		}
		w := watch(t, browser, args...)
		w.click("[data-kind=bytes]")
		if pace == "posted" {
			w.until(`watched.now > 1.2`)
		}
		w.click("[data-kind=one]")
		w.click("[data-kind=silent]")
		w.until(`document.querySelectorAll("#clients .done").length > 0`)
		if pace == "eager" {
			w.click("[value='100']")
			w.click("[data-kind=ten]")
			w.until(`document.querySelectorAll("#clients .done").length > 4`)
		} else {
			w.click("#pause")
			w.until(`document.body.dataset.state === "paused"`)
			w.click("[data-kind=one]")
			w.click("#step")
			w.until(`watched.standing`)
		}
		for _, width := range []int64{1280, 390} {
			for _, scheme := range []string{"light", "dark"} {
				media(t, browser, width, map[int64]int64{1280: 800, 390: 844}[width], scheme)
				run(t, browser, chromedp.Evaluate[bool](`new Promise(r => setTimeout(() => r(true), 300))`, chromedp.EvalAwaitPromise))
				for name, shoot := range map[string]chromedp.Action[[]byte]{"": chromedp.CaptureScreenshot(), "-whole": chromedp.FullScreenshot(100)} {
					name = filepath.Join(dir, fmt.Sprintf("%s-%d-%s%s.png", pace, width, scheme, name))
					if err := os.WriteFile(name, run(t, browser, shoot), 0o666); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
	}
}
