package main

import (
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	if os.Getenv(netHTTPAddress) != "" || os.Getenv(without) != "" {
		main()
	}
	os.Exit(m.Run())
}

// Every row is measured, on both servers, by few clients in little time.
func TestEveryRow(t *testing.T) {
	t.Chdir("../..")
	b := &bench{rounds: 1, duration: 50 * time.Millisecond, idleClients: 30, largeSize: 1 << 16, settle: 10 * time.Millisecond, status: io.Discard}
	if err := b.prepare(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	servers := []server{sockhttp("sockhttp", b.program), netHTTP}
	figures, err := b.figures(servers)
	if err == errNoUsage {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	const withLog = "1kB: requests a second with the log, of those without, %"
	want := []string{
		"1kB: requests a second", "1kB: p50, µs", "1kB: p99, µs", "1kB: processor time a request, µs",
		"galaxy.jpg: requests a second", "galaxy.jpg: p50, µs",
		"1kB, connection kept: requests a second", "1kB, connection kept: p50, µs", "1kB, connection kept: p99, µs", "1kB, connection kept: processor time a request, µs",
		"galaxy.jpg, connection kept: requests a second", "galaxy.jpg, connection kept: p50, µs",
		withLog, "1kB: requests a second with -watch, of those without, %", "1kB: requests a second with the page of -watch open, of those without, %",
		"1kB: 1000 requests a second, evenly: % of a processor",
		"nobody connected: % of a processor",
		"30 idle clients: % of a processor", "30 idle clients: resident memory of each, bytes", "30 idle clients: p99 of another's GET, µs",
		"a client that sends a byte every 1.8 ms: % of a processor", "a client that takes 42 MB a second: % of a processor",
		"65536 bytes beside 200 stalled clients: MB a second", "65536 bytes beside 200 stalled clients: resident memory grows by, MB",
	}
	var got []string
	for _, f := range figures {
		got = append(got, f.what)
		values := len(servers)
		if strings.HasSuffix(f.what, "of those without, %") {
			values = 1
		}
		if len(f.values) != values {
			t.Errorf("%s: %d values, want %d", f.what, len(f.values), values)
		}
		for _, v := range f.values {
			// A server may use next to no processor time, and no memory.
			// All else is above zero.
			positive := !strings.Contains(f.what, "%") && !strings.Contains(f.what, "memory")
			if math.IsNaN(v) || math.IsInf(v, 0) || positive && v <= 0 {
				t.Errorf("%s: %v", f.what, f.values)
			}
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("the rows are %q, want %q", got, want)
	}
}

// Each file server that is there serves what is asked for.
func TestOthers(t *testing.T) {
	t.Chdir("../..")
	b := &bench{rounds: 1, duration: 50 * time.Millisecond, settle: 10 * time.Millisecond, status: io.Discard}
	if err := b.prepare(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	servers, notes := b.otherServers()
	if len(servers) == 0 {
		t.Skip(notes)
	}
	servers = append([]server{sockhttp("sockhttp", b.program)}, servers...)
	figures, err := b.fetched(servers)
	if err != nil && err != errNoUsage {
		t.Fatal(err)
	}
	for _, f := range figures {
		if len(f.values) != len(servers) {
			t.Errorf("%s: %v of %d servers", f.what, f.values, len(servers))
		}
	}
	if len(figures) < 8 || len(servers)+len(notes) != 5 {
		t.Errorf("%d rows of %d servers, with the notes %q", len(figures), len(servers), notes)
	}
}

// The server without the eager pace is slower by far, and all of them serve.
func TestWithout(t *testing.T) {
	t.Chdir("../..")
	b := &bench{rounds: 1, duration: 300 * time.Millisecond, largeSize: 1 << 16, status: io.Discard}
	if err := b.prepare(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	figures, err := b.worth([]server{lacking(nothing), lacking(eagerPace), lacking(sendfile), lacking(list), lacking(more)})
	if err != nil && err != errNoUsage {
		t.Fatal(err)
	}
	if v := figures[0].values; len(v) != 5 || slices.Min(slices.Delete(slices.Clone(v), 1, 2)) < 2*v[1] {
		t.Errorf("%s: %v", figures[0].what, v)
	}
}

// A server that was stopped leaves no file. Windows removes none that is open.
func TestStop(t *testing.T) {
	temporary := t.TempDir()
	p, err := start(netHTTP, filepath.Join(temporary, "served"))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.stop(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(temporary); len(left) > 0 || err != nil {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestRow(t *testing.T) {
	f := figure{"requests", []float64{3, 2, 0.01}, "%.1f"}
	if got, want := f.row(3), "| requests | 3.0 | 2.0 | 0.0 | **1.50** | |"; got != want {
		t.Errorf("the row is %s, want %s", got, want)
	}
	f.values = f.values[:1]
	if got, want := f.row(3), "| requests | 3.0 | | | | |"; got != want {
		t.Errorf("the row of one server is %s, want %s", got, want)
	}
}

func TestMedianReports(t *testing.T) {
	rows := medianReports(`goos: linux
BenchmarkIdle/read-2   2653576   450.1 ns/op   0 B/op   0 allocs/op
BenchmarkIdle/read-2   2609407   477.1 ns/op   0 B/op   0 allocs/op
BenchmarkIdle/read-2   2609407   420 ns/op   0 B/op   0 allocs/op
BenchmarkGet/server=a-2  10   81.5 cpu-µs/req   10294 req/s   5 allocs/op
PASS
`)
	want := []string{"| Idle/read | 450.1 ns/op, 0 B/op, 0 allocs/op |", "| Get/server=a | 81.5 cpu-µs/req, 1.029e+04 req/s |"}
	if !slices.Equal(rows, want) {
		t.Errorf("the rows are %q", rows)
	}
}

func TestMedian(t *testing.T) {
	for _, test := range []struct {
		values []float64
		want   float64
	}{{[]float64{3}, 3}, {[]float64{4, 1}, 2.5}, {[]float64{9, 1, 2}, 2}, {[]float64{1, 8, 2, 4}, 3}} {
		if got := median(test.values); got != test.want {
			t.Errorf("the median of %v is %v", test.values, got)
		}
	}
}

func TestCommandLine(t *testing.T) {
	for _, args := range [][]string{{"-rounds", "0"}, {"extra"}, {"-no-such-flag"}, {"-time", "x"}} {
		var stdout, stderr strings.Builder
		if status := run(args, &stdout, &stderr); status != 2 || !strings.Contains(stderr.String(), "see sockbench -h") {
			t.Errorf("%q: status %d and %q", args, status, &stderr)
		}
	}
	var stdout, stderr strings.Builder
	if status := run([]string{"-h"}, &stdout, &stderr); status != 0 || !strings.Contains(stdout.String(), "-rounds") {
		t.Errorf("-h: status %d and %q", status, &stdout)
	}
	t.Chdir(t.TempDir())
	if status := run(nil, &stdout, &stderr); status != 1 || !strings.Contains(stderr.String(), "in the root directory of its repository") {
		t.Errorf("elsewhere: status %d and %q", status, &stderr)
	}
	left, _ := filepath.Glob("*")
	if len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

// Every attack is made, by few clients.
func TestAttacks(t *testing.T) {
	t.Chdir("../..")
	b := &bench{rounds: 1, settle: 10 * time.Millisecond, status: io.Discard}
	if err := b.prepare(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	all := attacks
	defer func() { attacks = all }()
	attacks = slices.Clone(all)
	for i := range attacks {
		attacks[i].clients = min(attacks[i].clients, 3)
	}
	figures, err := b.resist([]server{sockhttp("sockhttp", b.program, "-files"), netHTTP})
	if err != nil {
		t.Fatal(err)
	}
	if len(figures) != 3*len(attacks) {
		t.Errorf("%d figures of %d attacks", len(figures), len(attacks))
	}
	for _, f := range figures {
		if len(f.values) != 2 || !strings.Contains(f.what, "memory") && (f.values[0] <= 0 || f.values[1] <= 0) {
			t.Errorf("%s: %v", f.what, f.values)
		}
	}
}
