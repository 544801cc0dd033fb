// Command sockbench measures sockserverhttp beside net/http's file server and,
// where it is installed, nginx, and prints a table in Markdown. It builds
// sockserverhttp with the go command, so it is run in the root directory of this
// repository:
//
//	go run ./testdata/sockbench
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"time"
)

func main() {
	if address := os.Getenv(netHTTPAddress); address != "" {
		fmt.Fprintln(os.Stderr, serveNetHTTP(address, os.Args[1]))
		os.Exit(1)
	}
	if what := os.Getenv(without); what != "" {
		fmt.Fprintln(os.Stderr, serveWithout(what, os.Args[1], os.Args[2]))
		os.Exit(1)
	}
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// A bench measures servers.
type bench struct {
	rounds      int           // of which the medians count
	duration    time.Duration // of a round
	idleClients int
	largeSize   int64         // of the large file, in bytes
	settle      time.Duration // before servers are measured at rest

	status   io.Writer // what is being done
	terminal bool      // status is a terminal

	program string // sockserverhttp's file
	dir     string // the directory that the servers serve
}

// The files that are served.
const (
	small  = "1kB"
	galaxy = "galaxy.jpg"
	large  = "large"
)

// run is the command. Its exit status is 2 for a wrong command line and 1 for
// any other failure.
func run(args []string, stdout, stderr io.Writer) int {
	b := &bench{settle: time.Second, status: stderr, terminal: isTerminal(stderr)}
	flags := flag.NewFlagSet("sockbench", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.IntVar(&b.rounds, "rounds", 5, "`number` of rounds; the table has the medians")
	flags.DurationVar(&b.duration, "time", 2*time.Second, "`duration` of each round")
	flags.IntVar(&b.idleClients, "idle", 10_000, "`number` of idle clients")
	flags.Int64Var(&b.largeSize, "large", 1<<30, "size of the large file in `bytes`")
	attacked := flags.Bool("attacks", false, "measure what attacks do to others, instead")
	lacks := flags.Bool("without", false, "measure sockhttp without each of what makes it fast, instead")
	beside := flags.Bool("others", false, "measure requests beside lighttpd, darkhttpd and fasthttp as well, instead")
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, "usage: sockbench [flags]\n\nMeasures sockserverhttp beside net/http and nginx.\n\n")
		flags.SetOutput(stdout)
		flags.PrintDefaults()
		return 0
	case err == nil && flags.NArg() > 0:
		err = fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case err == nil && (b.rounds < 1 || b.duration <= 0 || b.idleClients < 1 || b.largeSize < 1):
		err = errors.New("-rounds, -time, -idle and -large must be above zero")
	}
	if err != nil {
		fmt.Fprintf(stderr, "sockbench: %v; see sockbench -h\n", err)
		return 2
	}
	print := b.printTable
	switch {
	case *attacked:
		print = b.printAttacks
	case *lacks:
		print = b.printWithout
	case *beside:
		print = b.printOthers
	}
	if err := b.run(stdout, print); err != nil {
		b.report("")
		fmt.Fprintf(stderr, "sockbench: %v\n", err)
		return 1
	}
	return 0
}

// run prepares, measures, and prints the table.
func (b *bench) run(stdout io.Writer, print func(io.Writer) error) error {
	temporary, err := os.MkdirTemp("", "sockbench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temporary)
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt)
	go func() {
		<-interrupted // the terminal interrupts the servers, too
		os.RemoveAll(temporary)
		os.Exit(1)
	}()
	if err := b.prepare(temporary); err != nil {
		return err
	}
	return print(stdout)
}

// prepare builds sockserverhttp, and makes the directory to be served.
func (b *bench) prepare(temporary string) error {
	b.report("building sockserverhttp")
	b.program = filepath.Join(temporary, "sockserverhttp.exe")
	if out, err := exec.Command("go", "build", "-o", b.program, "sockhttp/cmd/sockserverhttp").CombinedOutput(); err != nil {
		return fmt.Errorf("cannot build sockserverhttp; run sockbench in the root directory of its repository, with the go command installed: %w\n%s", err, out)
	}
	picture, err := os.ReadFile(filepath.Join("testdata", galaxy))
	if err != nil {
		return fmt.Errorf("run sockbench in the root directory of its repository: %w", err)
	}
	b.dir = filepath.Join(temporary, "served")
	if err := os.Mkdir(b.dir, 0o777); err != nil {
		return err
	}
	for name, data := range map[string][]byte{small: make([]byte, 1000), galaxy: picture} {
		if err := os.WriteFile(filepath.Join(b.dir, name), data, 0o666); err != nil {
			return err
		}
	}
	return nil
}

// report says what is being done. In a terminal each report overwrites the one
// before it, and an empty one clears the line.
func (b *bench) report(format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	if b.terminal {
		fmt.Fprintf(b.status, "\r\x1b[K%s", line)
	} else if line != "" {
		fmt.Fprintln(b.status, line)
	}
}

// isTerminal reports whether w is a terminal.
func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
