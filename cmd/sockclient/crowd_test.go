package main

import (
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
		{args: "-leave-after 10 -pieces 2 -every 3s", stdout: "1 x left\n0 bytes; time: 3.001 s", served: "poll ended: 5 bytes"},
		{args: "-leave-after 10 -silent 15s", stdout: "1 x the connection ended", err: "1 of 1 clients did not get the file"},
		{args: "-read-slowly 1k/s", stdout: "1 x 200 OK\n5000 bytes; time: 5.", served: "replied after 4"},
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
