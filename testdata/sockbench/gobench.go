package main

import (
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// goBenchmarks runs the benchmarks that stand beside the code, and returns
// a table row for each.
func (b *bench) goBenchmarks() (rows []string, err error) {
	for _, run := range []struct{ pkg, pattern string }{
		{"./http", "Get/file=1kB"}, {"./sock/tcp", "Idle"}, {"./timer", "SetAndFire"},
	} {
		b.report("go test %s -run '^$' -bench %s", run.pkg, run.pattern)
		out, err := exec.Command("go", "test", run.pkg, "-run", "^$", "-bench", run.pattern, "-count", strconv.Itoa(b.rounds), "-benchmem").CombinedOutput()
		if err != nil {
			return nil, fmt.Errorf("go test -bench %s %s: %w\n%s", run.pattern, run.pkg, err, out)
		}
		rows = append(rows, medianReports(string(out))...)
	}
	return rows, nil
}

// procs is the number of processors at the end of a benchmark's name.
var procs = regexp.MustCompile(`-\d+$`)

// medianReports reads what go test -bench has printed, and returns a table row
// for each benchmark, with the median of each unit.
func medianReports(out string) (rows []string) {
	values := map[string]map[string][]float64{} // by benchmark, by unit
	var names, units []string                   // in the order in which they come
	for line := range strings.Lines(out) {
		fields := strings.Fields(line)
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		name := procs.ReplaceAllString(strings.TrimPrefix(fields[0], "Benchmark"), "")
		if values[name] == nil {
			values[name] = map[string][]float64{}
			names = append(names, name)
		}
		for i := 2; i+1 < len(fields); i += 2 {
			v, err := strconv.ParseFloat(fields[i], 64)
			if err != nil {
				break
			}
			unit := fields[i+1]
			values[name][unit] = append(values[name][unit], v)
			if !slices.Contains(units, unit) {
				units = append(units, unit)
			}
		}
	}
	for _, name := range names {
		// What a benchmark of a server reports by operation is the client's,
		// not the server's.
		ofServer := values[name]["req/s"] != nil
		var reports []string
		for _, unit := range units {
			if v := values[name][unit]; v != nil && !(ofServer && strings.HasSuffix(unit, "/op")) {
				reports = append(reports, strconv.FormatFloat(median(v), 'g', 4, 64)+" "+unit)
			}
		}
		rows = append(rows, "| "+name+" | "+strings.Join(reports, ", ")+" |")
	}
	return rows
}
