package e2e

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"image/jpeg"
	nethttp "net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestBrowserOverHTTPS has Chromium open galaxy.jpg and a listing over https, and
// receive events. It trusts the keys of the two certificates, and no others.
func TestBrowserOverHTTPS(t *testing.T) {
	folder := filepath.Join(root, "testdata")
	p := serve(t, folder, "-tls")
	secure := "https://localhost:" + p.port

	next := make(chan int)
	events := newOnNetconn(t, nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		switch r.URL.Path {
		case "/events":
			w.Header().Set("Content-Type", "text/event-stream")
			for n := range next {
				fmt.Fprintf(w, "data: event %d by %s\n\n", n, r.Proto)
				nethttp.NewResponseController(w).Flush()
			}
		case "/next": // the browser has the one before
			next <- len(r.URL.RawQuery)
		case "/":
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, "<!doctype html><title>events</title>")
		default:
			nethttp.NotFound(w, r)
		}
	}))
	events.EnableHTTP2 = true
	events.StartTLS()
	t.Cleanup(events.Close)
	t.Cleanup(func() { close(next) })

	browser := newBrowser(t, chromedp.Flag("ignore-certificate-errors-spki-list", strings.Join([]string{
		keyOf(t, "localhost:"+p.port), keyOf(t, events.Addr().String()),
	}, ",")))
	run(t, browser, chromedp.Navigate(secure+"/"))
	if got := run(t, browser, chromedp.Text("h1")); got != "/" {
		t.Errorf("the listing is headed %q", got)
	}
	if protocol := run(t, browser, chromedp.Evaluate[string](`performance.getEntriesByType("navigation")[0].nextHopProtocol`)); protocol != "h2" {
		t.Errorf("the browser speaks %s", protocol)
	}
	if _, err := chromedp.RunResponse(browser, chromedp.Click(`//a[text()="galaxy.jpg"]`)); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(filepath.Join(folder, "galaxy.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	picture, err := jpeg.DecodeConfig(file)
	if err != nil {
		t.Fatal(err)
	}
	wantImage(t, browser, picture)

	run(t, browser, chromedp.Navigate(events.URL+"/"))
	got := run(t, browser, chromedp.Evaluate[[]string](`new Promise((resolve, reject) => {
		const source = new EventSource("/events"), got = [];
		source.onmessage = (m) => {
			got.push(m.data);
			if (got.length == 3) { source.close(); resolve(got); } else { fetch("/next?" + "x".repeat(got.length + 1)); }
		};
		source.onerror = () => reject("the stream broke after " + got);
		fetch("/next?x");
	})`, chromedp.EvalAwaitPromise))
	if fmt.Sprint(got) != "[event 1 by HTTP/2.0 event 2 by HTTP/2.0 event 3 by HTTP/2.0]" {
		t.Errorf("the browser has %q", got)
	}
	run(t, browser, chromedp.Navigate("about:blank"))
	p.end(t)
	if log := p.log.String(); strings.Count(log, ": 200 OK, ") < 2 {
		t.Errorf("the log is\n%s", log)
	}
}

// keyOf is the SHA-256 of the public key of a server's certificate, as Chromium
// wants it.
func keyOf(t *testing.T, address string) string {
	t.Helper()
	c, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	sum := sha256.Sum256(c.ConnectionState().PeerCertificates[0].RawSubjectPublicKeyInfo)
	return base64.StdEncoding.EncodeToString(sum[:])
}
