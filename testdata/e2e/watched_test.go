package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	nethttp "net/http"
	"path/filepath"
	"regexp"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	console "github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// A watched is a program that serves testdata, with its page open in a browser.
type watched struct {
	*served
	t       *testing.T
	browser context.Context
	page    string
}

var watchAddress = regexp.MustCompile(`watch it at (http://localhost:\d+/)`)

// watch opens the page of a program that is started for it, and fails the test if
// anything goes wrong in the page's console.
func watch(t *testing.T, browser context.Context, args ...string) *watched {
	t.Helper()
	p := serve(t, filepath.Join(root, "testdata"), append(args, "-watch", "0")...)
	address := watchAddress.FindStringSubmatch(p.use)
	if address == nil {
		t.Fatalf("the program says %q", p.use)
	}
	w := &watched{p, t, browser, address[1]}
	var mu sync.Mutex
	var complaints []string
	ctx, stop := context.WithCancel(browser)
	err := chromedp.Listen(ctx, func(event any) {
		mu.Lock()
		defer mu.Unlock()
		switch e := event.(type) {
		case *console.EventExceptionThrown:
			complaints = append(complaints, fmt.Sprint(e.ExceptionDetails.Text, e.ExceptionDetails.Exception.Description))
		case *console.EventConsoleAPICalled:
			complaints = append(complaints, fmt.Sprint(e.Type))
		case *log.EventEntryAdded:
			complaints = append(complaints, fmt.Sprint(e.Entry.Text, e.Entry.URL))
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		run(t, browser, chromedp.Navigate("about:blank"))
		stop()
		mu.Lock()
		defer mu.Unlock()
		if len(complaints) > 0 {
			t.Errorf("the console has %q", complaints)
		}
	})
	run(t, browser, chromedp.Navigate(w.page))
	w.until(`watched.rows.length > 0`)
	return w
}

func (w *watched) until(condition string) {
	w.t.Helper()
	run(w.t, w.browser, chromedp.Poll[bool](condition))
}

func (w *watched) click(css string) {
	w.t.Helper()
	run(w.t, w.browser, chromedp.Evaluate[bool](`document.querySelector(`+fmt.Sprintf("%q", css)+`).click(), true`))
}

// texts are the texts of the page's events in lane 101 that match.
func (w *watched) texts(unit int, kinds string) []string {
	w.t.Helper()
	return run(w.t, w.browser, chromedp.Evaluate[[]string](fmt.Sprintf(`watched.all.filter(r => r[3] === %d && %q.split(" ").includes(r[2])).map(r => r[7])`, unit, kinds)))
}

// An events is what /events answers, as far as the tests need it.
type events struct {
	Now   float64
	Pace  string
	State struct {
		Paused bool
		Slower int
	}
}

func (w *watched) events() (e events) {
	w.t.Helper()
	r, err := nethttp.Get(w.page + "events?since=999999999999")
	if err != nil {
		w.t.Fatal(err)
	}
	defer r.Body.Close()
	if err := json.NewDecoder(r.Body).Decode(&e); err != nil {
		w.t.Fatal(err)
	}
	return e
}

// connect connects to the server that is watched, and asks for the picture.
func (w *watched) connect() net.Conn {
	w.t.Helper()
	c, err := net.Dial("tcp", "localhost:"+w.port)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { c.Close() })
	if _, err := fmt.Fprintf(c, "GET /galaxy.jpg HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
		w.t.Fatal(err)
	}
	return c
}

// media sets the size of the window and whether the page is to be dark.
func media(t *testing.T, browser context.Context, width, height int64, scheme string) {
	t.Helper()
	run(t, browser, chromedp.EmulateViewport(width, height))
	run(t, browser, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
		return err
	}))
}
