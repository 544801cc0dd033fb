package main

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"time"
)

// A figure is one row of the table: a value for each server, in the order of
// the columns.
type figure struct {
	what   string
	values []float64
	format string // of a value
}

// The columns: this repository's server, then the others.
const (
	ours   = 0
	others = 1
)

// printTable measures speed and cost, and prints them.
func (b *bench) printTable(stdout io.Writer) error {
	// The benchmarks go first, because pin would bind them, too.
	benchmarks, err := b.goBenchmarks()
	if err != nil {
		return err
	}
	if err := b.printFigures(stdout, b.figures, sockhttp("sockhttp", b.program)); err != nil {
		return err
	}
	fmt.Fprintln(stdout, "\n| benchmark | reports |\n| --- | --- |")
	for _, row := range benchmarks {
		fmt.Fprintln(stdout, row)
	}
	return nil
}

// printAttacks measures what attacks do, and prints it. Our server is the file
// server that others are, too.
func (b *bench) printAttacks(stdout io.Writer) error {
	return b.printFigures(stdout, b.resist, sockhttp("sockhttp", b.program, "-files"))
}

// printFigures prints what is measured of our server and of the others.
func (b *bench) printFigures(stdout io.Writer, measure func([]server) ([]figure, error), our server) error {
	pin()
	servers, notes := installed(nginx)
	return b.printServers(stdout, measure, append([]server{our, netHTTP}, servers...), notes)
}

// printServers prints what is measured of servers, ours first.
func (b *bench) printServers(stdout io.Writer, measure func([]server) ([]figure, error), servers []server, notes []string) error {
	if !pinned {
		notes = append(notes, "Servers and clients shared their processors: this system has no taskset, or only one processor.")
	}

	load := loadAverage()
	figures, err := measure(servers)
	switch {
	case errors.Is(err, errNoUsage):
		notes = append(notes, fmt.Sprintf("Some rows are missing: %v.", err))
	case err != nil:
		return err
	}
	b.report("")

	fmt.Fprintf(stdout, "%s, %s/%s, %s, medians of %d times %v%s.\n\n", time.Now().Format(time.DateOnly), runtime.GOOS, runtime.GOARCH, runtime.Version(), b.rounds, b.duration, load)
	header, line := "| what ", "| --- "
	for _, s := range servers {
		header, line = header+"| "+s.name+" ", line+"| --- "
	}
	for _, s := range servers[others:] {
		header, line = header+"| ÷ "+s.name+" ", line+"| --- "
	}
	fmt.Fprintf(stdout, "%s|\n%s|\n", header, line)
	for _, f := range figures {
		fmt.Fprintln(stdout, f.row(len(servers)))
	}
	for _, note := range notes {
		fmt.Fprintf(stdout, "\n%s\n", note)
	}
	return nil
}

// figures measures the servers. If the system does not tell what processes use,
// it returns the figures that can be had without, and errNoUsage.
func (b *bench) figures(servers []server) (figures []figure, missing error) {
	return b.measure(servers, b.newConnections, b.keptConnections, b.costOfLog, b.costOfWatch, b.evenly, b.nobody, b.idle, b.slowly, b.largeFile)
}

func (b *bench) measure(servers []server, all ...func([]server) ([]figure, error)) (figures []figure, missing error) {
	for _, measure := range all {
		f, err := measure(servers)
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

// row is the figure as a row of a table with a column for each of n servers. It
// ends with our value divided by each of the others.
func (f figure) row(n int) string {
	row := "| " + f.what + " |"
	cell := func(known bool, text func() string) {
		if known {
			row += " " + text() + " |"
		} else {
			row += " |"
		}
	}
	for i := range n {
		cell(i < len(f.values), func() string { return fmt.Sprintf(f.format, f.values[i]) })
	}
	for i := others; i < n; i++ {
		// Dividing by almost nothing tells nothing.
		cell(i < len(f.values) && f.values[i] >= 0.1, func() string { return fmt.Sprintf("**%.2f**", f.values[ours]/f.values[i]) })
	}
	return row
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
