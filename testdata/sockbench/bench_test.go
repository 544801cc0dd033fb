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
	if os.Getenv(peer) != "" {
		main()
	}
	os.Exit(m.Run())
}

// Every row is measured, on both servers, by few clients in little time.
func TestEveryRow(t *testing.T) {
	t.Chdir("../..")
	b := &bench{rounds: 1, time: 250 * time.Millisecond, idle: 30, large: 1 << 16, stderr: io.Discard}
	err := b.prepare(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	servers := []server{sockhttp("sockhttp", b.binary), netHTTP}
	probe, err := start(servers[ours], b.dir)
	if err != nil {
		t.Fatal(err)
	}
	_, err = probe.usage()
	probe.stop()
	if err == errNoUsage {
		t.Skip(err)
	}
	figures, err := b.figures(servers)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range figures {
		want := len(servers)
		if strings.Contains(f.what, "with the log") {
			want = 1
		}
		if len(f.values) != want {
			t.Errorf("%s: %d values", f.what, len(f.values))
		}
		for _, v := range f.values {
			// Little may be used, and no memory; the rest is above zero.
			if positive := !strings.Contains(f.what, "%") && !strings.Contains(f.what, "memory"); math.IsNaN(v) || math.IsInf(v, 0) || positive && v <= 0 {
				t.Errorf("%s: %v", f.what, f.values)
			}
		}
	}
	if len(figures) != 17 {
		t.Errorf("%d figures", len(figures))
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

func TestMistakes(t *testing.T) {
	for _, args := range [][]string{{"-rounds", "0"}, {"extra"}, {"-no-such-flag"}, {"-time", "x"}} {
		var stdout, stderr strings.Builder
		if status := run(args, &stdout, &stderr); status != 2 || !strings.Contains(stderr.String(), "-h tells what there is") {
			t.Errorf("%q: status %d and %q", args, status, &stderr)
		}
	}
	var stdout, stderr strings.Builder
	if status := run([]string{"-h"}, &stdout, &stderr); status != 0 || !strings.Contains(stdout.String(), "-rounds") {
		t.Errorf("-h: status %d and %q", status, &stdout)
	}
	t.Chdir(t.TempDir())
	if status := run(nil, &stdout, &stderr); status != 1 || !strings.Contains(stderr.String(), "in the folder of its module") {
		t.Errorf("elsewhere: status %d and %q", status, &stderr)
	}
	left, _ := filepath.Glob("*")
	if len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}
