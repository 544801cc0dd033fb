package e2e

import (
	"bytes"
	"context"
	"encoding/binary"
	"image"
	"image/jpeg"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// TestBrowser opens galaxy.jpg in headless Chromium: the image that the browser
// made of it must have the file's size. SOCKHTTP_BROWSER=required makes
// a missing browser a failure; CHROMIUM names its program.
func TestBrowser(t *testing.T) {
	browser := newBrowser(t)
	folder := filepath.Join(root, "testdata")
	file, err := os.ReadFile(filepath.Join(folder, "galaxy.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	picture, err := jpeg.DecodeConfig(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}

	wantPicture := func(t *testing.T) {
		t.Helper()
		wantImage(t, browser, picture)
	}

	for _, test := range []struct {
		name string
		args []string
	}{
		{"default", nil},
		{"as posted", []string{"-as-posted"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := serve(t, folder, test.args...)
			run(t, browser, chromedp.Navigate(p.url+"/galaxy.jpg"))
			wantPicture(t)
		})
	}

	t.Run("a missing file", func(t *testing.T) {
		p := serve(t, folder)
		run(t, browser, chromedp.Navigate(p.url+"/missing.jpg"))
		text := run(t, browser, chromedp.Text("body"))
		if !strings.Contains(text, "404 Not Found: no such file here") {
			t.Errorf("the browser shows %q", text)
		}
	})

	// From a listing into a folder, on to the picture, and back up.
	t.Run("a listing", func(t *testing.T) {
		dir := t.TempDir()
		if err := os.MkdirAll(filepath.Join(dir, "a folder", "deep"), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "a folder", "galaxy & co.jpg"), file, 0o666); err != nil {
			t.Fatal(err)
		}
		p := serve(t, dir, "-files")
		click := func(link string) {
			t.Helper()
			if _, err := chromedp.RunResponse(browser, chromedp.Click(`//a[text()="`+link+`"]`)); err != nil {
				t.Fatalf("clicking on %q: %v", link, err)
			}
		}
		heading := func(want string) {
			t.Helper()
			if got := run(t, browser, chromedp.Text("h1")); got != want {
				t.Fatalf("the page is headed %q, want %q", got, want)
			}
		}
		run(t, browser, chromedp.Navigate(p.url))
		heading("/")
		click("a folder/")
		heading("/a folder/")
		click("galaxy & co.jpg")
		wantPicture(t)
		run(t, browser, chromedp.Navigate(p.url+"/a%20folder")) // to which it is redirected
		click("deep/")
		heading("/a folder/deep/")
		click("../")
		heading("/a folder/")
	})

	// To play from the middle of a long recording, a browser asks for a range.
	t.Run("seeking", func(t *testing.T) {
		dir := t.TempDir()
		const seconds = 600
		if err := os.WriteFile(filepath.Join(dir, "silence.wav"), silence(seconds), 0o666); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "index.html"), []byte(`<!doctype html><audio src="silence.wav" preload="metadata">`), 0o666); err != nil {
			t.Fatal(err)
		}
		p := serve(t, dir, "-files")
		run(t, browser, chromedp.Navigate(p.url))
		at := run(t, browser, chromedp.Evaluate[float64](`new Promise((resolve, reject) => {
			const audio = document.querySelector("audio");
			audio.onerror = () => reject(audio.error.message);
			audio.onseeked = () => resolve(audio.currentTime);
			const seek = () => { audio.currentTime = audio.duration - 10; };
			audio.readyState > 0 ? seek() : audio.onloadedmetadata = seek;
		})`, chromedp.EvalAwaitPromise))
		if at != seconds-10 {
			t.Errorf("the browser is at %v s, want %d", at, seconds-10)
		}
		run(t, browser, chromedp.Navigate("about:blank")) // it need not load the rest
		p.end(t)
		if n := strings.Count(p.log.String(), ": 206 Partial Content, "); n < 2 {
			t.Errorf("the browser was sent %d ranges, want two and more:\n%s", n, &p.log)
		}
	})
}

// wantImage checks that the browser shows an image of the picture's size.
func wantImage(t *testing.T, browser context.Context, picture image.Config) {
	t.Helper()
	size := run(t, browser, chromedp.Evaluate[[2]int](`[document.images[0].naturalWidth, document.images[0].naturalHeight]`))
	kind := run(t, browser, chromedp.Evaluate[string](`document.contentType`))
	if want := [2]int{picture.Width, picture.Height}; size != want {
		t.Errorf("the browser's image measures %v, the file's %v", size, want)
	}
	if !strings.HasPrefix(kind, "image/") {
		t.Errorf("the browser takes it for %s", kind)
	}
}

// silence is a WAV file of so many seconds, at 16,000 bytes a second.
func silence(seconds int) []byte {
	const rate = 16_000
	b := []byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00")
	b = binary.LittleEndian.AppendUint32(b, rate) // samples and bytes a second
	b = binary.LittleEndian.AppendUint32(b, rate)
	b = append(b, "\x01\x00\x08\x00data"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(rate*seconds))
	binary.LittleEndian.PutUint32(b[4:], uint32(len(b)-8+rate*seconds))
	return append(b, bytes.Repeat([]byte{0x80}, rate*seconds)...)
}

// newBrowser starts Chromium, or skips the test where there is none.
func newBrowser(t *testing.T, more ...chromedp.ExecAllocatorOption) context.Context {
	t.Helper()
	name := chromium()
	switch {
	case name != "":
	case os.Getenv("SOCKHTTP_BROWSER") == "required":
		t.Fatal("there is no Chromium on this machine; install it, or name it with CHROMIUM")
	default:
		t.Skip("there is no Chromium on this machine; install it, or name it with CHROMIUM")
	}
	options := append([]chromedp.ExecAllocatorOption{chromedp.ExecPath(name), chromedp.ProxyServer("direct://")}, more...)
	if os.Getuid() == 0 {
		options = append(options, chromedp.Flag("no-sandbox", true)) // Chromium's sandbox is not for root
	}
	ctx, cancel := chromedp.NewContext(context.Background(), chromedp.WithAllocatorOptions(options...))
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("starting Chromium: %v", err)
	}
	return ctx
}

// chromium is the browser's program, or empty where there is none.
func chromium() string {
	for _, name := range []string{os.Getenv("CHROMIUM"), "chromium", "chromium-browser", "google-chrome", "chrome", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// run does an action in the browser's tab, within a minute.
func run[T any](t *testing.T, browser context.Context, action chromedp.Action[T]) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(browser, time.Minute)
	defer cancel()
	v, err := chromedp.Run(ctx, action)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
