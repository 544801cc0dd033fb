package main

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"sockhttp/http"
	"sockhttp/sock"
	"sockhttp/sock/socktest"
)

const size = 5000 // of the file that is fetched

// playVisits has clients of a command line visit a server on a simulated network,
// whose buffers hold 1000 bytes.
func playVisits(t *testing.T, args string, posted bool) (stdout string, w *socktest.Server, err error) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), make([]byte, size), 0o666); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	w = socktest.NewServer(http.NewDirectory(root).SockHTTP)
	w.Window = 1000
	if posted {
		w.Pace = sock.Posted()
	}
	w.Start()

	o, err := parse(append(strings.Fields(args), "-get", "http://localhost/file"), nil)
	if err != nil {
		t.Fatal(err)
	}
	s := &session{queue: w.Queue, dial: w.Dialer, pace: o.pace(), wait: o.wait, end: func() {}}
	visits := s.startVisits(o)
	w.Run(time.Minute)
	w.WantIdle(t)
	var out strings.Builder
	err = total(visits, &out)
	return out.String(), w, err
}

// Each manner has the effect on a server that it is to have, at its exact time.
func TestManners(t *testing.T) {
	for _, test := range []struct {
		args   string
		posted bool // the server's pace
		stdout string
		err    string
		served string // what the server's timeline tells
	}{
		{args: "-n 3", stdout: "3 x 200 OK\n15000 bytes; times: min 0.002 s, median 0.002 s, max 0.002 s", served: "replied after .*: 200 OK, 5170 bytes"},
		{args: "-n 3", posted: true, stdout: "3 x 200 OK\n15000 bytes; times: min 1.300 s, median 1.300 s, max 1.300 s"},
		{args: "-n 2 -as-posted", stdout: "2 x 200 OK\n10000 bytes; times: min 0.700 s, median 0.700 s, max 0.700 s"},
		{args: "-pieces 3 -every 200ms", stdout: "1 x 200 OK\n5000 bytes; time: 0.440 s", served: "poll ended: 19 bytes(.|\n)*poll ended: 19 bytes(.|\n)*poll ended: 20 bytes"},
		{args: "-silent 5s -n 2", stdout: "2 x 200 OK\n10000 bytes; times: min 5.134 s, median 5.134 s, max 5.134 s"},
		{args: "-silent 15s", stdout: "1 x the connection ended before the reply's head did\n0 bytes; time: 10.", err: "1 of 1 clients did not get the file", served: "freed after 10"},
		{args: "-leave-after 10 -n 2", stdout: "2 x left\n0 bytes; times: min 0.001 s", served: "400 Bad Request"},
		{args: "-leave-after 1", stdout: "1 x left\n0 bytes; time: 0.001 s", served: "poll ended: 1 bytes"},
		{args: "-leave-after 10 -pieces 2 -every 3s", stdout: "1 x left\n0 bytes; time: 3.001 s", served: "poll ended: 5 bytes"},
		{args: "-leave-after 10 -silent 15s", stdout: "1 x the connection ended", err: "1 of 1 clients did not get the file"},
		{args: "-read-slowly 1k/s", stdout: "1 x 200 OK\n5000 bytes; time: 5.290 s", served: "replied after 4"},
	} {
		stdout, w, err := playVisits(t, test.args, test.posted)
		if !strings.HasPrefix(strings.TrimSpace(stdout), test.stdout) || (err == nil) != (test.err == "") || err != nil && err.Error() != test.err {
			t.Errorf("%s: it prints\n%s, %v; want\n%s, %s", test.args, stdout, err, test.stdout, test.err)
		}
		if !regexp.MustCompile(test.served).MatchString(w.Timeline.String()) {
			t.Errorf("%s: %q is not in\n%s", test.args, test.served, w.Timeline)
		}
	}
}

// The totals tell of every client, and only those who got the file, or left as they were
// to, are good.
func TestTotal(t *testing.T) {
	ok := http.Fetch{Status: "200 OK"}
	lost := errors.New("connection reset")
	visits := []*visit{
		{fetch: ok, done: true, took: 4 * time.Second, bytes: 10},
		{fetch: ok, done: true, took: 2 * time.Second, bytes: 10},
		{fetch: ok, done: true, took: 9 * time.Second, bytes: 5, err: lost},
		{fetch: http.Fetch{Status: "404 Not Found", Err: lost}, done: true, took: 3 * time.Second},
		{fetch: ok, bytes: 1},
		{done: true, took: time.Second, left: true},
		{done: true, took: 5 * time.Second, left: true, err: lost},
	}
	var stdout strings.Builder
	err := total(visits, &stdout)
	const want = `    2 x 200 OK
    2 x connection reset
    1 x 404 Not Found
    1 x interrupted
    1 x left
26 bytes; times: min 1.000 s, median 4.000 s, max 9.000 s
`
	if got := stdout.String(); got != want || err == nil || err.Error() != "4 of 7 clients did not get the file" {
		t.Errorf("it prints\n%s, %v, want\n%s", got, err, want)
	}
}

// The limits that the mistakes name are possible themselves.
func TestLimits(t *testing.T) {
	for args, want := range map[string]crowd{
		"-n 1000":                     {clients: 1000, manner: manner{every: 200 * time.Millisecond}},
		"-silent 1ns":                 {clients: 1, manner: manner{every: 200 * time.Millisecond, silent: 1}},
		"-silent 1h":                  {clients: 1, manner: manner{every: 200 * time.Millisecond, silent: time.Hour}},
		"-pieces 55 -every 1h":        {clients: 1, manner: manner{pieces: 55, every: time.Hour}},
		"-pieces 1 -every 1ns":        {clients: 1, manner: manner{pieces: 1, every: 1}},
		"-leave-after 54 -pieces 54":  {clients: 1, manner: manner{every: 200 * time.Millisecond, leaveAfter: 54, pieces: 54}},
		"-leave-after 1":              {clients: 1, manner: manner{every: 200 * time.Millisecond, leaveAfter: 1}},
		"-read-slowly 20/s":           {clients: 1, manner: manner{every: 200 * time.Millisecond, rate: 20}, rate: "20/s"},
		"-read-slowly 2.5k/s":         {clients: 1, manner: manner{every: 200 * time.Millisecond, rate: 2500}, rate: "2.5k/s"},
		"-read-slowly 1073.741824M/s": {clients: 1, manner: manner{every: 200 * time.Millisecond, rate: 1 << 30}, rate: "1073.741824M/s"},
	} {
		want.isCrowd = true
		o, err := parse(append(strings.Fields(args), "-get", "http://localhost/x"), nil)
		if err != nil || o.crowd != want {
			t.Errorf("%s: %+v, %v, want %+v", args, o, err, want)
		}
	}
	status, stdout, _ := client("-h")
	for _, want := range []string{"To ask about a picture", "To fetch a file", "To try a server (", "For all ("} {
		if status != 0 || strings.Count(stdout, "\n"+want) != 1 {
			t.Errorf("-h: status %d, and without the heading %s:\n%s", status, want, stdout)
		}
	}
}

// Each way to try a server does so over real sockets.
func TestCrowd(t *testing.T) {
	p := start(t, "sockserverhttp", "-dir", filepath.Dir(galaxy))
	url := "http://localhost:" + p.Port + "/galaxy.jpg"
	for _, test := range []struct {
		args, want string
		seconds    float64 // at least
	}{
		{"-n 20", "   20 x 200 OK\n14301760 bytes; times: min ", 0},
		{"-pieces 3 -every 20ms", "    1 x 200 OK\n715088 bytes; time: ", 0.04},
		{"-read-slowly 4M/s", "    1 x 200 OK\n715088 bytes; time: ", 715088 / 4e6},
		{"-silent 50ms", "    1 x 200 OK\n715088 bytes; time: ", 0.05},
		{"-leave-after 10 -n 2", "    2 x left\n0 bytes; times: min ", 0},
	} {
		status, stdout, stderr := client(append(strings.Fields(test.args), "-get", url)...)
		rest, ok := strings.CutPrefix(stdout, test.want)
		least, err := strconv.ParseFloat(strings.Fields(rest + " 0 ")[0], 64)
		if status != 0 || stderr != "" || !ok || err != nil || least < test.seconds {
			t.Errorf("%s: status %d, %q, %q; want %q, at least %v s", test.args, status, stdout, stderr, test.want, test.seconds)
		}
	}
	status, stdout, stderr := client("-n", "2", "-get", url+"x")
	if status != 1 || !strings.HasPrefix(stdout, "    2 x 404 Not Found\n") || stderr != "sockclient: 2 of 2 clients did not get the file\n" {
		t.Errorf("a missing file: status %d, %q, %q", status, stdout, stderr)
	}
	status, stdout, stderr = client("-n", "2", "-v", "-get", url)
	for _, want := range []string{" 0.000000  100  ClientCallback set in 0s\n", "  101  connected to ", "  100  routine called\n", "  101  closed\n"} {
		if status != 0 || !strings.HasPrefix(stdout, "    2 x 200 OK\n") || !strings.Contains(stderr, want) {
			t.Errorf("-v: status %d, %q, without %q:\n%s", status, stdout, want, stderr)
		}
	}
}
