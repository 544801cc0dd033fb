// Command sockclient is the client of the two servers, polled from timer
// callbacks as they are: the SockClient that the post starts from. Run it with
// -h for its flags.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"image"
	_ "image/jpeg" // to decode them
	_ "image/png"
	"io"
	"net"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"sockhttp/cmd/internal/command"
	"sockhttp/http"
	"sockhttp/sock"
	"sockhttp/sock/array"
	"sockhttp/sock/tcp"
	"sockhttp/timer"

	"github.com/benbjohnson/clock"
)

const program = "sockclient"

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run is the command: exit status 2 is for a wrong command line, 1 for all else
// that went wrong.
func run(args []string, stdout, stderr io.Writer) int {
	c, err := parse(args, stdout)
	switch {
	case errors.Is(err, errDone):
		return 0
	case err != nil:
		fmt.Fprintf(stderr, "%s: %v; %s -h tells what there is\n", program, err, program)
		return 2
	}
	c.stdout, c.stderr = stdout, stderr
	if c.get != "" {
		err = c.fetch()
	} else {
		err = c.ask()
	}
	if err != nil {
		fmt.Fprintf(stderr, "%s: %v\n", program, err)
		return 1
	}
	return 0
}

// A config is the command line.
type config struct {
	server  string
	port    int
	command string
	picture string
	wait    time.Duration
	get     string
	url     *url.URL
	out     string

	stdout, stderr io.Writer
}

// errDone says that the command line asked for no more than was printed.
var errDone = errors.New("done")

// parse reads the command line. Help and version go to stdout.
func parse(args []string, stdout io.Writer) (*config, error) {
	c := &config{}
	flags := flag.NewFlagSet(program, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&c.server, "server", "localhost", "`host` of the sockserver")
	flags.IntVar(&c.port, "port", 21038, "`port` of the sockserver")
	flags.StringVar(&c.command, "command", "", "`word` to ask of the picture; help lists them")
	flags.DurationVar(&c.wait, "wait", 10*time.Second, "`time` for the server to be there; it is tried every 0.1 s")
	flags.StringVar(&c.get, "get", "", "`URL` to fetch instead, as http://localhost:8000/galaxy.jpg")
	flags.StringVar(&c.out, "o", "", "with -get, `file` to write")
	version := flags.Bool("version", false, "print the version and exit")

	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintf(stdout, "usage: %s [-server host] [-port port] -command word picture\n       %s -get URL -o file\n\nAsks a sockserver about a picture, a JPEG or PNG file, or fetches a file over HTTP.\n\n", program, program)
		flags.SetOutput(stdout)
		flags.PrintDefaults()
		return nil, errDone
	case err != nil:
		return nil, err
	case *version:
		fmt.Fprintln(stdout, program, command.Version())
		return nil, errDone
	case c.wait < 0:
		return nil, fmt.Errorf("-wait %v is below zero", c.wait)
	case c.get != "":
		return c, c.parseGet(flags.Args())
	}
	switch {
	case c.out != "":
		return nil, errors.New("-o goes with -get")
	case c.port < 1 || c.port > 65535:
		return nil, fmt.Errorf("-port %d is no port: a number from 1 to 65535 is", c.port)
	case c.command == "":
		return nil, errors.New("there is nothing to do: ask with -command, or fetch with -get")
	case strings.ContainsAny(c.command, "\r\n"):
		return nil, fmt.Errorf("-command %q is more than a line", c.command)
	case c.command == "help" && flags.NArg() == 0:
		return c, nil
	case flags.NArg() != 1:
		return nil, fmt.Errorf("there are %d pictures on the command line, and there is to be one, after the flags", flags.NArg())
	}
	c.picture = flags.Arg(0)
	return c, nil
}

// parseGet checks what goes with -get.
func (c *config) parseGet(rest []string) (err error) {
	c.url, err = url.Parse(c.get)
	switch {
	case err != nil || c.url.Scheme != "http" || c.url.Hostname() == "":
		return fmt.Errorf("-get %q is nothing that can be fetched: a URL that begins with http:// and a host is", c.get)
	case c.out == "":
		return errors.New("-get needs -o and a file to write")
	case c.command != "":
		return errors.New("-get and -command ask for different things")
	case len(rest) > 0:
		return fmt.Errorf("%q is one argument too many", rest[0])
	}
	return nil
}

// ask sends the picture and the command, and prints the answer.
func (c *config) ask() error {
	header, data, err := c.array()
	if err != nil {
		return err
	}
	asked := errors.New("the array was not sent")
	err = c.run(net.JoinHostPort(c.server, strconv.Itoa(c.port)), array.Ask(header, data, c.command, func(line string, err error) {
		if asked = err; err == nil {
			fmt.Fprintln(c.stdout, command.Escape(line))
		}
	}))
	switch {
	case err != nil:
		return err
	case asked != nil:
		return errors.New(command.Escape(asked.Error()))
	}
	return nil
}

// array is the picture, or for help, which can do without, something small.
func (c *config) array() (header array.Header, data []byte, err error) {
	if c.picture == "" {
		return array.Header{Dimensions: [3]int{1, 1, 1}, Type: array.Byte}, []byte{0}, nil
	}
	file, err := os.Open(c.picture)
	if err != nil {
		return header, nil, fmt.Errorf("cannot open the picture %q: %w", c.picture, command.Reason(err))
	}
	defer file.Close()
	picture, _, err := image.Decode(file)
	if err != nil {
		return header, nil, fmt.Errorf("cannot decode the picture %q, which is to be a JPEG or PNG file: %w", c.picture, err)
	}
	header, data = array.FromImage(picture)
	if len(data) > array.MaxBytes {
		return header, nil, fmt.Errorf("the picture %q has %d bytes when decoded, and a server takes %d; make it smaller", c.picture, len(data), array.MaxBytes)
	}
	return header, data, nil
}

// run runs a client of the server at an address until it is over, or a signal
// ends it.
func (c *config) run(address string, routine sock.Routine) (err error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, end := context.WithCancel(ctx)
	defer end()
	err = errors.New("interrupted")
	queue := timer.NewQueue(clock.New())
	client := sock.NewClient(queue, tcp.Dial(address), routine)
	client.DialTimeout = c.wait
	client.OnRetry = func(err error) {
		fmt.Fprintf(c.stderr, "%s: %s: %v; trying again every %v for %v\n", program, address, command.Reason(err), client.Pace.Interval, c.wait)
	}
	connected := false
	client.Trace[sock.Connected] = func(sock.Event) { connected = true }
	client.OnDone = func(reason error) {
		if err = reason; !connected {
			err = fmt.Errorf("no server at %s within %v (%w); start one there, or wait for longer with -wait", address, c.wait, command.Reason(err))
		}
		end()
	}
	client.Start()
	queue.Run(ctx)
	return err
}

// fetch writes what the URL names to the file.
func (c *config) fetch() error {
	out, err := newOutput(c.out)
	if err != nil {
		return fmt.Errorf("cannot write %q: %w", c.out, err)
	}
	port := c.url.Port()
	if port == "" {
		port = "80"
	}
	bar := newBar(c.stderr, filepath.Base(c.out))
	f := &http.Fetch{Host: c.url.Host, Path: c.url.RequestURI(), To: out, Progress: bar.show}
	err = c.run(net.JoinHostPort(c.url.Hostname(), port), f.Routine)
	bar.end()
	if err == nil {
		err = f.Err
	}
	if err != nil {
		out.drop()
		return fmt.Errorf("cannot fetch %s: %w", c.get, err)
	}
	if err := out.keep(); err != nil {
		return fmt.Errorf("cannot write %q: %w", c.out, command.Reason(err))
	}
	return nil
}
