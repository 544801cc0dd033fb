package e2e

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// answered waits until the laboratory has answered what it was asked last.
func (w *watched) answered() {
	w.t.Helper()
	w.until(`document.querySelector("#lab").dataset.asked === document.querySelector("#lab").dataset.shown`)
}

func (w *watched) text(css string) string {
	w.t.Helper()
	return run(w.t, w.browser, chromedp.Evaluate[string](fmt.Sprintf(`document.querySelector(%q).textContent`, css)))
}

// timeline is what the laboratory offers as text.
func (w *watched) timeline() string {
	w.t.Helper()
	return run(w.t, w.browser, chromedp.Evaluate[string](`decodeURIComponent(document.querySelector("#lab-keep a").href.split(",")[1])`))
}

func (w *watched) wantTimeline(name string) {
	w.t.Helper()
	want, err := os.ReadFile(filepath.Join(root, "testdata", "timelines", name+".txt"))
	if err != nil {
		w.t.Fatal(err)
	}
	if got := w.timeline(); got != strings.ReplaceAll(string(want), "\r\n", "\n") {
		w.t.Errorf("the laboratory's timeline of %s is\n%s", name, got)
	}
}

// play writes a scenario into the page and plays it.
func (w *watched) play(scenario string) {
	w.t.Helper()
	run(w.t, w.browser, chromedp.Evaluate[bool](fmt.Sprintf(`document.querySelector("#lab-text").value = %q, true`, scenario)))
	w.click("#lab-form button.primary")
	w.answered()
}

// The laboratory plays what the tests play, to the byte, goes through it line by
// line, compares the paces, keeps the scenario in the address, and says what is
// wrong with one.
func TestLaboratory(t *testing.T) {
	browser := newBrowser(t)
	w := watch(t, browser)
	w.answered()
	w.wantTimeline("posted-two-clients-at-once")

	w.click("#lab-next")
	w.click("#lab-next")
	if got, want := w.text("#lab-selected"), "Line 3 of 49: 0.100000  100  poll, waiting up to 100ms"; got != want {
		t.Errorf("after two steps it shows %q, want %q", got, want)
	}
	if got := w.text("#lab-picture .selected title"); !strings.Contains(got, "0.150000  100  poll ended: a client is waiting") {
		t.Errorf("the element that is selected says %q", got)
	}
	w.click("#lab-back")
	run(t, browser, chromedp.Evaluate[bool](`document.querySelector("#lab-picture").dispatchEvent(new KeyboardEvent("keydown", {key: "ArrowRight", bubbles: true})), true`))
	if got := w.text("#lab-timelines [aria-selected=true]"); got != " 0.100000  100  poll, waiting up to 100ms" {
		t.Errorf("the line that is marked is %q", got)
	}
	run(t, browser, chromedp.Evaluate[bool](`document.querySelector("#lab-picture [data-line='17']").dispatchEvent(new MouseEvent("click", {bubbles: true})), true`))
	if got := w.text("#lab-selected"); !strings.HasPrefix(got, "Line 17 of 49: ") {
		t.Errorf("after a click on line 17 it shows %q", got)
	}

	w.click("#lab-in")
	w.answered()
	if drawn := run(t, browser, chromedp.Evaluate[bool](`document.querySelector("#lab-picture svg").dataset.to < 0.7`)); !drawn {
		t.Error("the picture has not a part of the time")
	}

	w.click("#lab-both")
	w.answered()
	if picture := w.text("#lab-picture"); !strings.Contains(picture, "The posted pace") || !strings.Contains(picture, "below, 100ms sooner") {
		t.Errorf("the two paces are %q", picture)
	}

	address := run(t, browser, chromedp.Evaluate[string](`location.href`))
	if fragment, err := url.PathUnescape(address); err != nil || !strings.Contains(fragment, "client at 150ms times 2\n") || !strings.Contains(fragment, "&both") {
		t.Errorf("the page's address is %s", address)
	}
	for _, name := range []string{"posted-silent-client", "posted-blocking-slow-reader", "eager-slow-beside-fast"} {
		run(t, browser, chromedp.Evaluate[bool](fmt.Sprintf(`document.querySelector("#lab-example").value = %q, document.querySelector("#lab-example").dispatchEvent(new Event("change")), true`, name)))
		w.answered()
		w.wantTimeline(name)
	}
	run(t, browser, chromedp.Evaluate[bool](`location.hash = "lab=" + encodeURIComponent("pace posted\nuntil 100ms"), true`))
	w.until(`document.querySelector("#lab-selected").textContent.startsWith("Line 1 of 5:")`)

	w.click("#lab-open")
	w.answered()
	if got := w.timeline(); strings.Count(got, "\n") < 100 || !strings.Contains(got, " accepted ") {
		t.Errorf("the timeline of a seed is\n%s", got)
	}
	w.play("pace posted\nclient in time\n")
	if got := w.text("#lab-error"); got != `Line 2: the word "at" is missing` {
		t.Errorf("of a mistake it says %q", got)
	}
	if marked := run(t, browser, chromedp.Evaluate[string](`getSelection().toString()`)); marked != "client in time" {
		t.Errorf("it marks %q", marked)
	}
	w.play("client at 0s times 600\nclient at 1s times 600\n")
	if got, want := w.text("#lab-error"), "1200 clients are too many; at most 1000 are played"; got != want {
		t.Errorf("of too many clients it says %q", got)
	}
}

// With SOCKHTTP_SHOTS naming a directory, pictures of the laboratory are put there.
func TestPicturesOfTheLaboratory(t *testing.T) {
	dir := os.Getenv("SOCKHTTP_SHOTS")
	if dir == "" {
		t.Skip("SOCKHTTP_SHOTS names no directory")
	}
	browser := newBrowser(t)
	w := watch(t, browser)
	w.answered()
	w.click("#lab-both")
	w.answered()
	for range 9 {
		w.click("#lab-next")
	}
	shoot := func(name string) {
		for _, width := range []int64{1280, 390} {
			for _, scheme := range []string{"light", "dark"} {
				media(t, browser, width, map[int64]int64{1280: 800, 390: 844}[width], scheme)
				run(t, browser, chromedp.Evaluate[bool](`scrollTo(0, document.querySelector("#lab").offsetTop - 10), new Promise(r => setTimeout(() => r(true), 500))`, chromedp.EvalAwaitPromise))
				w.answered()
				file := filepath.Join(dir, fmt.Sprintf("lab-%s-%d-%s.png", name, width, scheme))
				if err := os.WriteFile(file, run(t, browser, chromedp.CaptureScreenshot()), 0o666); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	shoot("both")
	w.click("#lab-open")
	w.answered()
	shoot("seed")
	w.play("pace posted\nclient in time\n")
	shoot("mistake")
}
