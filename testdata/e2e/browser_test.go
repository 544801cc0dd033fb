// Package e2e has a real browser open what the running program serves. It is
// a module of its own because driving a browser takes more packages than
// serving does.
package e2e

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"image/jpeg"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

const root = "../.." // of the program's module

// TestBrowser opens galaxy.jpg in headless Chromium: the image that the browser
// made of it must have the file's size. SOCKHTTP_BROWSER=required makes
// a missing browser a failure; CHROMIUM names its program.
func TestBrowser(t *testing.T) {
	browser := newBrowser(t)
	program := filepath.Join(t.TempDir(), "sockserverhttp")
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	build := exec.Command("go", "build", "-o", program, "./cmd/sockserverhttp")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the program: %v\n%s", err, out)
	}
	file, err := os.ReadFile(filepath.Join(root, "testdata", "galaxy.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	picture, err := jpeg.DecodeConfig(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}

	for _, test := range []struct {
		name string
		args []string
	}{
		{"default", nil},
		{"as posted", []string{"-as-posted"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			url := serve(t, program, test.args...)
			run(t, browser, chromedp.Navigate(url+"/galaxy.jpg"))
			size := run(t, browser, chromedp.Evaluate[[2]int](`[document.images[0].naturalWidth, document.images[0].naturalHeight]`))
			kind := run(t, browser, chromedp.Evaluate[string](`document.contentType`))
			if want := [2]int{picture.Width, picture.Height}; size != want {
				t.Errorf("the browser's image measures %v, the file's %v", size, want)
			}
			if !strings.HasPrefix(kind, "image/") {
				t.Errorf("the browser takes it for %s", kind)
			}
		})
	}

	t.Run("a missing file", func(t *testing.T) {
		url := serve(t, program)
		run(t, browser, chromedp.Navigate(url+"/missing.jpg"))
		text := run(t, browser, chromedp.Text("body"))
		if !strings.Contains(text, "404 Not Found: no such file here") {
			t.Errorf("the browser shows %q", text)
		}
	})
}

// newBrowser starts Chromium, or skips the test where there is none.
func newBrowser(t *testing.T) context.Context {
	t.Helper()
	name := chromium()
	switch {
	case name != "":
	case os.Getenv("SOCKHTTP_BROWSER") == "required":
		t.Fatal("there is no Chromium on this machine; install it, or name it with CHROMIUM")
	default:
		t.Skip("there is no Chromium on this machine; install it, or name it with CHROMIUM")
	}
	options := []chromedp.ExecAllocatorOption{chromedp.ExecPath(name), chromedp.ProxyServer("direct://")}
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

// serve runs the program in the folder of the picture, and returns its address.
// When the test ends, so must the program, without complaint.
func serve(t *testing.T, program string, args ...string) string {
	t.Helper()
	p := exec.Command(program, append(args, "-dir", filepath.Join(root, "testdata"), "0")...)
	pipe, err := p.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	stderr := bufio.NewReader(io.TeeReader(pipe, &log))
	ended := make(chan error)
	t.Cleanup(func() {
		if runtime.GOOS == "windows" {
			p.Process.Kill()
			<-ended
			return
		}
		p.Process.Signal(os.Interrupt)
		if err := <-ended; err != nil {
			t.Errorf("the program ended with %v; it said\n%s", err, &log)
		}
	})
	var port int
	line, _ := stderr.ReadString('\n')
	_, err = fmt.Sscanf(line, "SOCKSERVERHTTP: Server listening on port %d", &port)
	go func() {
		io.Copy(io.Discard, stderr)
		ended <- p.Wait()
	}()
	if err != nil {
		t.Fatalf("the program's first line is %q", line)
	}
	return fmt.Sprintf("http://localhost:%d", port)
}
