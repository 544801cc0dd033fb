// Package command is what the commands share: of the two servers, all but what
// answers.
package command

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"sockhttp/sock"
	"sockhttp/sock/tcp"
	"sockhttp/timer"

	"github.com/benbjohnson/clock"
)

const (
	// grace is how long clients that are being sent something have after
	// a signal.
	grace = 5 * time.Second

	// What Windows says for EADDRINUSE and EACCES.
	wsaEADDRINUSE = syscall.Errno(10048)
	wsaEACCES     = syscall.Errno(10013)
)

// A Server is the command of a server.
type Server struct {
	Name    string // of the program; its banner has it in capitals
	Does    string // what it does, in a sentence
	Posted  string // what -as-posted is
	Routine string // what answers, as the log names it
	Port    int    // unless one is given
	Clients int    // at once, unless set

	// Flags adds flags of its own, and Check says what is wrong with them.
	Flags func(flags *flag.FlagSet)
	Check func(c *Config) error

	// Serve returns what answers, and how to make use of it, for people to
	// read. It is called when the server listens.
	Serve func(c *Config) (routine sock.Routine, use string, err error)
}

// A Config is a command line, and what is made of it.
type Config struct {
	AsPosted bool
	Listener sock.Listener
	Log      *log.Logger

	host    string
	port    int
	pace    sock.Pace
	clients int
	quiet   bool
	verbose bool
	print   *lines
}

// Run is the command: exit status 2 is for a wrong command line, 1 for all else
// that went wrong.
func (command *Server) Run(args []string, stdout, stderr io.Writer) int {
	c, err := command.parse(args, stdout)
	switch {
	case errors.Is(err, errDone):
		return 0
	case err != nil:
		fmt.Fprintf(stderr, "%s: %v; %s -h tells what there is\n", command.Name, err, command.Name)
		return 2
	}
	if err := command.serve(c, stdout, stderr); err != nil {
		fmt.Fprintf(stderr, "%s: %v\n", command.Name, err)
		return 1
	}
	return 0
}

// errDone says that the command line asked for no more than was printed.
var errDone = errors.New("done")

// parse reads the command line. Help and version go to stdout.
func (command *Server) parse(args []string, stdout io.Writer) (*Config, error) {
	c := &Config{}
	flags := flag.NewFlagSet(command.Name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	posted := sock.Posted()
	flags.StringVar(&c.host, "host", "localhost", "`address` to listen on; 0.0.0.0 for every interface")
	flags.BoolVar(&c.AsPosted, "as-posted", false, command.Posted)
	interval := flags.Duration("interval", posted.Interval, "`time` from one call of a callback to its next, at most")
	listenWait := flags.Duration("listen-wait", posted.ListenWait, "`time` that a poll waits for a client, at most")
	pollWait := flags.Duration("poll-wait", posted.PollWait, "`time` that a poll waits for input, at most")
	flags.IntVar(&c.clients, "max-clients", command.Clients, fmt.Sprintf("`number` of clients at once; with -as-posted %d", sock.PostedClients))
	flags.BoolVar(&c.quiet, "q", false, "no line per client or request")
	flags.BoolVar(&c.verbose, "v", false, "a line per callback")
	version := flags.Bool("version", false, "print the version and exit")
	if command.Flags != nil {
		command.Flags(flags)
	}

	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintf(stdout, "usage: %s [flags] [port]\n\n%s The port is %d unless given; 0 picks a free one.\n\n", command.Name, command.Does, command.Port)
		flags.SetOutput(stdout)
		flags.PrintDefaults()
		return nil, errDone
	case err != nil:
		return nil, err
	case *version:
		fmt.Fprintln(stdout, command.Name, Version())
		return nil, errDone
	}

	if c.port, err = command.parsePort(flags.Args()); err != nil {
		return nil, err
	}
	given := map[string]bool{}
	flags.Visit(func(f *flag.Flag) { given[f.Name] = true })
	if c.AsPosted && !given["max-clients"] {
		c.clients = sock.PostedClients
	}
	switch {
	case *interval <= 0:
		return nil, fmt.Errorf("-interval %v is not above zero", *interval)
	case *listenWait < 0:
		return nil, fmt.Errorf("-listen-wait %v is below zero", *listenWait)
	case *pollWait < 0:
		return nil, fmt.Errorf("-poll-wait %v is below zero", *pollWait)
	case c.clients < 1:
		return nil, fmt.Errorf("-max-clients %d is below one", c.clients)
	case c.AsPosted && c.clients > sock.PostedClients:
		return nil, fmt.Errorf("-max-clients %d is more than the %d units that -as-posted has", c.clients, sock.PostedClients)
	case c.quiet && c.verbose:
		return nil, errors.New("-q and -v ask for opposite things")
	}
	c.pace = sock.Eager()
	if c.AsPosted {
		c.pace = posted
	}
	c.pace.Interval, c.pace.ListenWait, c.pace.PollWait = *interval, *listenWait, *pollWait
	if command.Check != nil {
		return c, command.Check(c)
	}
	return c, nil
}

func (command *Server) parsePort(args []string) (int, error) {
	switch len(args) {
	case 0:
		return command.Port, nil
	case 1:
		port, err := strconv.ParseUint(args[0], 10, 16)
		if err != nil {
			return 0, fmt.Errorf("%q is no port: a number from 0 to 65535 is", args[0])
		}
		return int(port), nil
	}
	return 0, fmt.Errorf("%q is one argument too many: flags go before the port", args[1])
}

// serve runs the server until a signal ends it.
func (command *Server) serve(c *Config, stdout, stderr io.Writer) (err error) {
	if c.Listener, err = c.listen(); err != nil {
		return err
	}
	queue := timer.NewQueue(clock.New())
	report := newLines(queue, stderr)
	if c.print = newLines(queue, stdout); sameFile(stdout, stderr) {
		c.print = report
	}
	defer c.print.Flush()
	defer report.Flush()
	c.Log = log.New(report, "", 0)
	routine, use, err := command.Serve(c)
	if err != nil {
		return err
	}
	server := sock.NewServer(queue, c.Listener, routine)
	server.Log = c.Log
	server.Pace = c.pace
	server.Limits.MaxClients = c.clients
	fmt.Fprintf(stderr, "%s: Server listening on port %d\n", strings.ToUpper(command.Name), c.Port())
	fmt.Fprintf(stderr, "%s: %s; Ctrl-C stops the server\n", command.Name, use)
	if !c.quiet {
		each := func(e sock.Event) { command.report(report, e, c.verbose) }
		server.Trace[sock.Accepted], server.Trace[sock.Replied] = each, each
		if c.verbose {
			server.Trace = sock.TraceAll(each)
		}
	}

	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	onSignal(func() {
		queue.Post(func() {
			server.Shutdown(grace, stop)
			if server.NumUnits() > 0 {
				fmt.Fprintf(report, "%s: stopping when all is sent that is being sent, in %v at the latest; Ctrl-C stops it now\n", command.Name, grace)
				report.Flush()
			}
		})
	})
	server.Start()
	queue.Run(ctx)
	return nil
}

// Print prints words that a client sent in a line, unless the command is to be
// quiet. Whatever in them would not print as itself is quoted.
func (c *Config) Print(words []string) {
	if !c.quiet {
		c.print.Write(append(appendEscaped(c.print.AvailableBuffer(), words), '\n'))
	}
}

// onSignal calls f, on another goroutine, when the program is told to end. The
// next signal then ends it at once.
func onSignal(f func()) {
	signals, restore := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(signals, func() {
		restore()
		f()
	})
}

func (c *Config) listen() (sock.Listener, error) {
	listener, err := tcp.Listen(net.JoinHostPort(c.host, strconv.Itoa(c.port)))
	switch {
	case errors.Is(err, syscall.EADDRINUSE), errors.Is(err, wsaEADDRINUSE):
		return nil, fmt.Errorf("port %d is in use by another program; name another port, or 0 for any that is free", c.port)
	case errors.Is(err, syscall.EACCES), errors.Is(err, wsaEACCES):
		return nil, fmt.Errorf("port %d is not allowed to you; name one from 1024 on, or 0 for any that is free", c.port)
	case err != nil:
		return nil, fmt.Errorf("cannot listen on %s: %w", c.host, Reason(err))
	}
	return listener, nil
}

// Port is the port that is listened on.
func (c *Config) Port() int {
	if addr, ok := c.Listener.Addr().(*net.TCPAddr); ok {
		return addr.Port
	}
	return 0
}

// Address is the host and port by which a program of this machine reaches the
// server.
func (c *Config) Address() string {
	host := c.host
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return net.JoinHostPort(host, strconv.Itoa(c.Port()))
}

// report prints what happened: a line per client and per reply, or with -v one
// for everything.
func (command *Server) report(w *lines, e sock.Event, verbose bool) {
	b := w.AvailableBuffer() // so that a line costs no memory
	switch {
	case e.Kind == sock.Accepted:
		b = append(b, "LISTENERCALLBACK: Client connection established on LUN "...)
		b = strconv.AppendInt(b, int64(e.LUN), 10)
	case e.Kind == sock.Replied:
		b = append(append(b, command.Routine...), ": LUN "...)
		b = strconv.AppendInt(b, int64(e.LUN), 10)
		b = append(append(append(b, ": "...), e.Note...), ", "...)
		b = strconv.AppendInt(b, e.Bytes, 10)
		b = append(append(b, " bytes, "...), e.Took.Round(time.Microsecond).String()...)
	case verbose:
		b = fmt.Appendf(b, "%s %d %v", e.Time.Format("15:04:05.000000"), e.LUN, e)
	default:
		return
	}
	w.Write(append(b, '\n'))
}

// appendEscaped appends the words of a request line, with whatever in them
// would not print as itself quoted.
func appendEscaped(b []byte, request []string) []byte {
	for i, word := range request {
		if i > 0 {
			b = append(b, ' ')
		}
		start := len(b)
		b = strconv.AppendQuote(b, word)
		b = append(b[:start], b[start+1:len(b)-1]...) // without the quotation marks
	}
	return b
}
