package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"sockhttp/testdata/httpload"
)

// What is served.
const (
	small  = "1kB"
	galaxy = "galaxy.jpg"
	large  = "large"
)

const (
	clients = 16
	stalled = 200 // clients that ask for the large file and do not read it
)

// A figure is one measured thing: a value for each server, in the order of
// the columns.
type figure struct {
	what   string
	values []float64
	format string // of a value
}

const (
	ours  = iota // the columns
	peers        // and from here on
)

// table measures everything and prints it.
func (b *bench) table(stdout io.Writer) error {
	benchmarks, err := b.goBenchmarks()
	if err != nil {
		return err
	}
	pin()
	servers := []server{sockhttp("sockhttp", b.binary), netHTTP}
	notes := []string{}
	if _, err := exec.LookPath("nginx"); err == nil {
		servers = append(servers, nginx)
	} else {
		notes = append(notes, "nginx is not installed here, and left out.")
	}
	if !pinned {
		notes = append(notes, "Servers and clients shared their processors: this system has no taskset, or only one processor.")
	}

	figures, err := b.figures(servers)
	switch {
	case errors.Is(err, errNoUsage):
		notes = append(notes, fmt.Sprintf("Some figures are missing: %v.", err))
	case err != nil:
		return err
	}
	b.say("")

	fmt.Fprintf(stdout, "%s, %s/%s, %s, medians of %d times %v.\n\n", time.Now().Format(time.DateOnly), runtime.GOOS, runtime.GOARCH, runtime.Version(), b.rounds, b.time)
	header, line := "| what ", "| --- "
	for _, s := range servers {
		header, line = header+"| "+s.name+" ", line+"| --- "
	}
	for _, s := range servers[peers:] {
		header, line = header+"| ÷ "+s.name+" ", line+"| --- "
	}
	fmt.Fprintf(stdout, "%s|\n%s|\n", header, line)
	for _, f := range figures {
		fmt.Fprintf(stdout, "| %s |", f.what)
		for i := range servers {
			f.cell(stdout, i < len(f.values), func() string { return fmt.Sprintf(f.format, f.values[i]) })
		}
		for i := range servers[peers:] {
			// A ratio to next to nothing says nothing.
			f.cell(stdout, peers+i < len(f.values) && f.values[peers+i] >= 0.1, func() string { return fmt.Sprintf("**%.2f**", f.values[ours]/f.values[peers+i]) })
		}
		fmt.Fprintln(stdout)
	}
	for _, note := range notes {
		fmt.Fprintf(stdout, "\n%s\n", note)
	}
	fmt.Fprintln(stdout, "\n| benchmark | reports |\n| --- | --- |")
	for _, row := range benchmarks {
		fmt.Fprintln(stdout, row)
	}
	return nil
}

// figures measures all that is in the table. If processes cannot be looked into
// it returns what can be measured without, and errNoUsage.
func (b *bench) figures(servers []server) (figures []figure, missing error) {
	for _, step := range []func([]server) ([]figure, error){b.gets, b.kept, b.log, b.quiet, b.holding, b.sending} {
		f, err := step(servers)
		switch {
		case errors.Is(err, errNoUsage):
			missing = err
		case err != nil:
			return nil, err
		}
		figures = append(figures, f...)
	}
	return figures, missing
}

func (f figure) cell(w io.Writer, known bool, text func() string) {
	if known {
		fmt.Fprintf(w, " %s |", text())
	} else {
		fmt.Fprint(w, " |")
	}
}

// startAll starts each server. Stop ends them.
func (b *bench) startAll(servers []server) (all []*process, stop func(), err error) {
	stop = func() {
		for _, p := range all {
			p.stop()
		}
	}
	for _, s := range servers {
		p, err := start(s, b.dir)
		if err != nil {
			stop()
			return nil, nil, err
		}
		all = append(all, p)
	}
	return all, stop, nil
}

// gets is clients that get a small file and the picture, each request on
// a connection of its own, from one server after the other in each round.
func (b *bench) gets(servers []server) (figures []figure, err error) {
	for _, file := range []string{small, galaxy} {
		got, err := b.get(servers, file, false)
		if err != nil {
			return nil, err
		}
		for i, f := range got {
			if file == small || i < 2 { // the rest is told by the small file
				f.what = file + ": " + f.what
				figures = append(figures, f)
			}
		}
	}
	return figures, nil
}

// kept is clients that get the small file again and again on one connection,
// from sockserverhttp -files.
func (b *bench) kept(servers []server) (figures []figure, err error) {
	servers = slices.Clone(servers)
	servers[ours] = sockhttp("sockhttp -files", b.binary, "-files")
	figures, err = b.get(servers, small, true)
	for i := range figures {
		figures[i].what = small + ", connection kept: " + figures[i].what
	}
	return figures, err
}

func (b *bench) get(servers []server, file string, keepAlive bool) (figures []figure, err error) {
	processes, stop, err := b.startAll(servers)
	if err != nil {
		return nil, err
	}
	defer stop()
	targets := make([]*httpload.Target, len(servers))
	for i, p := range processes {
		if targets[i], err = httpload.NewTarget(p.address, "/"+file, keepAlive, b.isFile(file)); err != nil {
			return nil, err
		}
	}
	var perSecond, p50, p99, processor samples
	for round := range b.rounds {
		for i, target := range targets {
			b.say("%d clients get %s from %s, round %d of %d", clients, file, servers[i].name, round+1, b.rounds)
			before, _ := processes[i].usage()
			ctx, cancel := context.WithTimeout(context.Background(), b.time)
			r, err := target.Run(ctx, clients, math.MaxInt)
			cancel()
			if err == nil && len(r.Latency) == 0 {
				err = fmt.Errorf("%s answered nothing in %v; give it more with -time", servers[i].name, b.time)
			}
			if err != nil {
				return nil, err
			}
			after, err := processes[i].usage()
			perSecond.add(i, r.PerSecond())
			p50.add(i, microseconds(r.Quantile(0.50)))
			p99.add(i, microseconds(r.Quantile(0.99)))
			if err == nil {
				processor.add(i, microseconds(after.processor-before.processor)/float64(len(r.Latency)))
			}
		}
	}
	return []figure{
		{"requests a second", perSecond.medians(), "%.0f"},
		{"p50, µs", p50.medians(), "%.0f"},
		{"p99, µs", p99.medians(), "%.0f"},
		{"processor time a request, µs", processor.medians(), "%.1f"},
	}, nil
}

// log is what the log costs: the small file, without one and with it.
func (b *bench) log([]server) ([]figure, error) {
	got, err := b.get([]server{sockhttp("sockhttp", b.binary), sockhttp("sockhttp -q", b.binary, "-q")}, small, false)
	if err != nil {
		return nil, err
	}
	perSecond := got[0].values
	return []figure{{small + ": requests a second with the log, of those without, %", []float64{100 * perSecond[0] / perSecond[1]}, "%.0f"}}, nil
}

// quiet is what servers use when nobody is connected.
func (b *bench) quiet(servers []server) ([]figure, error) {
	processes, stop, err := b.startAll(servers)
	if err != nil {
		return nil, err
	}
	defer stop()
	time.Sleep(time.Second) // the connection that saw them listen is forgotten
	b.say("nobody is connected")
	var percent samples
	for range b.rounds {
		used, err := used(processes, b.time)
		if err != nil {
			return nil, err
		}
		for i, u := range used {
			percent.add(i, u)
		}
	}
	return []figure{{"nobody connected: % of a processor", percent.medians(), "%.2f"}}, nil
}

// used is the part of a processor that each process uses for some time, in
// percent.
func used(processes []*process, d time.Duration) (percent []float64, err error) {
	before := make([]usage, len(processes))
	for i, p := range processes {
		if before[i], err = p.usage(); err != nil {
			return nil, err
		}
	}
	begun := time.Now()
	time.Sleep(d)
	for i, p := range processes {
		after, err := p.usage()
		if err != nil {
			return nil, err
		}
		percent = append(percent, 100*(after.processor-before[i].processor).Seconds()/time.Since(begun).Seconds())
	}
	return percent, nil
}

// holding is many clients that say nothing, with one among them that does.
func (b *bench) holding(servers []server) ([]figure, error) {
	servers = slices.Clone(servers)
	servers[ours] = sockhttp("sockhttp", b.binary, "-max-clients", strconv.Itoa(b.idle+1000))
	var percent, resident, p99 samples
	for i, s := range servers {
		for round := range b.rounds {
			b.say("%d idle clients of %s, round %d of %d", b.idle, s.name, round+1, b.rounds)
			if err := b.hold(s, func(u, r, p float64) {
				percent.add(i, u)
				resident.add(i, r)
				p99.add(i, p)
			}); err != nil {
				return nil, err
			}
		}
	}
	what := fmt.Sprintf("%d idle clients: ", b.idle)
	return []figure{
		{what + "% of a processor", percent.medians(), "%.1f"},
		{what + "resident memory of each, bytes", resident.medians(), "%.0f"},
		{what + "p99 of another's GET, µs", p99.medians(), "%.0f"},
	}, nil
}

// hold measures s while it holds idle clients: what it uses of a processor,
// and, in the second half of the time, how long another client's GET takes.
func (b *bench) hold(s server, found func(percent, resident, p99 float64)) error {
	p, err := start(s, b.dir)
	if err != nil {
		return err
	}
	defer p.stop()
	target, err := httpload.NewTarget(p.address, "/"+small, false, b.isFile(small))
	if err != nil {
		return err
	}
	before, err := p.usage()
	if err != nil {
		return err
	}
	var oldest net.Conn
	for range b.idle {
		c, err := net.Dial("tcp", p.address)
		if err != nil {
			return fmt.Errorf("of %d idle clients not all can be connected; is the limit on open files (ulimit -n) lower? %w", b.idle, err)
		}
		defer c.Close()
		if oldest == nil {
			oldest = c
		}
	}
	time.Sleep(time.Second / 2) // they have gone quiet
	percent, err := used([]*process{p}, b.time)
	if err != nil {
		return err
	}
	after, err := p.usage()
	if err != nil {
		return err
	}
	var latency []time.Duration
	for begun := time.Now(); len(latency) == 0 || time.Since(begun) < b.time; time.Sleep(5 * time.Millisecond) {
		took, err := target.Get()
		if err != nil {
			return err
		}
		latency = append(latency, took)
	}
	oldest.SetReadDeadline(time.Now().Add(time.Millisecond))
	if _, err := oldest.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("%s did not hold its idle clients until the end; make that sooner with -time or -idle", s.name)
	}
	slices.Sort(latency)
	found(percent[0], float64(after.resident-before.resident)/float64(b.idle), microseconds(latency[len(latency)*99/100]))
	return nil
}

// sending is clients that get a large file beside others that asked for it and
// do not read.
func (b *bench) sending(servers []server) ([]figure, error) {
	file, err := os.Create(filepath.Join(b.dir, large))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if err := file.Truncate(b.large); err != nil {
		return nil, err
	}
	processes, stop, err := b.startAll(servers)
	if err != nil {
		return nil, err
	}
	defer stop()
	var speed, grown samples
	for round := range b.rounds {
		for i, p := range processes {
			b.say("%d clients get a file of %d bytes from %s, round %d of %d", clients, b.large, servers[i].name, round+1, b.rounds)
			before, err := p.usage()
			if err != nil {
				return nil, err
			}
			r, err := b.send(p.address)
			if err != nil {
				return nil, err
			}
			after, err := p.usage()
			if err != nil {
				return nil, err
			}
			speed.add(i, float64(r.Bytes)/r.Elapsed.Seconds()/1e6)
			grown.add(i, float64(after.peak-before.resident)/1e6)
		}
	}
	what := fmt.Sprintf("%d bytes beside %d stalled clients: ", b.large, stalled)
	return []figure{
		{what + "MB a second", speed.medians(), "%.0f"},
		{what + "resident memory grows by, MB", grown.medians(), "%.1f"},
	}, nil
}

func (b *bench) send(address string) (*httpload.Result, error) {
	for range stalled {
		c, err := net.Dial("tcp", address)
		if err != nil {
			return nil, err
		}
		defer c.Close()
		if err := c.(*net.TCPConn).SetReadBuffer(4096); err != nil {
			return nil, err
		}
		if _, err := fmt.Fprintf(c, "GET /%s HTTP/1.1\r\nHost: localhost\r\n\r\n", large); err != nil {
			return nil, err
		}
	}
	target, err := httpload.NewTarget(address, "/"+large, false, nil)
	if err != nil {
		return nil, err
	}
	return target.Run(context.Background(), clients, clients)
}

// isFile checks that a body is a file of the folder.
func (b *bench) isFile(name string) func(io.Reader) error {
	return func(body io.Reader) error {
		want, err := os.ReadFile(filepath.Join(b.dir, name))
		if err != nil {
			return err
		}
		got, err := io.ReadAll(body)
		if err == nil && string(got) != string(want) {
			err = fmt.Errorf("%d bytes that are not those of %s", len(got), name)
		}
		return err
	}
}

// goBenchmarks runs those that stand beside the code, and returns the medians
// of what they report. It is called before this program is tied to one
// processor, which the tests would be, too.
func (b *bench) goBenchmarks() (rows []string, err error) {
	for _, run := range []struct{ pkg, pattern string }{
		{"./http", "Get/file=1kB"}, {"./sock", "Idle"}, {"./timer", "SetAndFire"},
	} {
		b.say("go test %s -run '^$' -bench %s", run.pkg, run.pattern)
		out, err := exec.Command("go", "test", run.pkg, "-run", "^$", "-bench", run.pattern, "-count", strconv.Itoa(b.rounds), "-benchmem").CombinedOutput()
		if err != nil {
			return nil, fmt.Errorf("go test -bench %s %s: %w\n%s", run.pattern, run.pkg, err, out)
		}
		rows = append(rows, medianReports(string(out))...)
	}
	return rows, nil
}

var procs = regexp.MustCompile(`-\d+$`)

// medianReports reads what go test -bench has printed, and returns a row for
// each benchmark, with the median of each unit.
func medianReports(out string) (rows []string) {
	values := map[string]map[string][]float64{}
	var names, units []string
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
		var reports []string
		for _, unit := range units {
			// The benchmark of servers has figures of theirs; those
			// of the test beside them are not the servers'.
			if v := values[name][unit]; v != nil && !(values[name]["req/s"] != nil && strings.HasSuffix(unit, "/op")) {
				reports = append(reports, strconv.FormatFloat(median(v), 'g', 4, 64)+" "+unit)
			}
		}
		rows = append(rows, "| "+name+" | "+strings.Join(reports, ", ")+" |")
	}
	return rows
}

// samples are what several rounds gave, by server.
type samples [][]float64

func (s *samples) add(server int, value float64) {
	for len(*s) <= server {
		*s = append(*s, nil)
	}
	(*s)[server] = append((*s)[server], value)
}

func (s samples) medians() (all []float64) {
	for _, values := range s {
		all = append(all, median(values))
	}
	return all
}

func median(values []float64) float64 {
	values = slices.Sorted(slices.Values(values))
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}

func microseconds(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }
