// Command sockbench measures sockserverhttp beside net/http's file server and,
// where it is installed, nginx, and prints a table in Markdown. It needs the go
// command and is run in this repository's root directory; -h lists its flags.
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
	if address := os.Getenv(peer); address != "" {
		fmt.Fprintln(os.Stderr, servePeer(address, os.Args[1]))
		os.Exit(1)
	}
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// A bench is what the command line asks for.
type bench struct {
	rounds int
	time   time.Duration
	idle   int
	large  int64
	stderr io.Writer

	terminal bool // stderr is one

	binary string // of sockserverhttp
	dir    string // what the servers serve
}

func run(args []string, stdout, stderr io.Writer) int {
	b := &bench{stderr: stderr, terminal: isTerminal(stderr)}
	flags := flag.NewFlagSet("sockbench", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.IntVar(&b.rounds, "rounds", 5, "`number` of rounds, of which the medians count")
	flags.DurationVar(&b.time, "time", 2*time.Second, "`time` of each round")
	flags.IntVar(&b.idle, "idle", 10_000, "`number` of idle clients to hold")
	flags.Int64Var(&b.large, "large", 1<<30, "size of the large file in `bytes`")
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, "usage: sockbench [flags]\n\nMeasures sockserverhttp and its peers.\n\n")
		flags.SetOutput(stdout)
		flags.PrintDefaults()
		return 0
	case err == nil && flags.NArg() > 0:
		err = fmt.Errorf("%q is one argument too many", flags.Arg(0))
	case err == nil && (b.rounds < 1 || b.time <= 0 || b.idle < 1 || b.large < 1):
		err = errors.New("-rounds, -time, -idle and -large are to be above zero")
	}
	if err != nil {
		fmt.Fprintf(stderr, "sockbench: %v; sockbench -h tells what there is\n", err)
		return 2
	}
	if err := b.measure(stdout); err != nil {
		b.say("")
		fmt.Fprintf(stderr, "sockbench: %v\n", err)
		return 1
	}
	return 0
}

// measure prepares and measures.
func (b *bench) measure(stdout io.Writer) error {
	temporary, err := os.MkdirTemp("", "sockbench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temporary)
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt)
	go func() {
		<-interrupted // the servers, too, of the same terminal
		os.RemoveAll(temporary)
		os.Exit(1)
	}()
	if err := b.prepare(temporary); err != nil {
		return err
	}
	return b.table(stdout)
}

// prepare builds the server, and fills a folder to be served.
func (b *bench) prepare(temporary string) error {
	b.say("building sockserverhttp")
	b.binary = filepath.Join(temporary, "sockserverhttp.exe")
	if out, err := exec.Command("go", "build", "-o", b.binary, "sockhttp/cmd/sockserverhttp").CombinedOutput(); err != nil {
		return fmt.Errorf("cannot build sockserverhttp, which is done with the go command in the folder of its module: %w\n%s", err, out)
	}
	picture, err := os.ReadFile("testdata/galaxy.jpg")
	if err != nil {
		return fmt.Errorf("sockbench is run in its module's folder: %w", err)
	}
	b.dir = filepath.Join(temporary, "folder")
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

// say shows what is going on: in a terminal in a line that the next one
// overwrites, and that nothing clears.
func (b *bench) say(format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	if b.terminal {
		fmt.Fprintf(b.stderr, "\r\x1b[K%s", line)
	} else if line != "" {
		fmt.Fprintln(b.stderr, line)
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
