// Command sockserverhttp serves a folder over HTTP from timer callbacks: the
// post's SockServerHTTP. Run it with -h for its flags.
package main

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
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"time"

	"sockhttp/http"
	"sockhttp/sock"
	"sockhttp/timer"

	"github.com/benbjohnson/clock"
)

const (
	program = "sockserverhttp"

	// grace is how long clients that are being sent something have after
	// a signal.
	grace = 5 * time.Second

	// What Windows says for EADDRINUSE and EACCES.
	wsaEADDRINUSE = syscall.Errno(10048)
	wsaEACCES     = syscall.Errno(10013)
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run is the command: exit status 2 is for a wrong command line, 1 for all
// else that went wrong.
func run(args []string, stdout, stderr io.Writer) int {
	c, err := parse(args, stdout)
	switch {
	case errors.Is(err, errDone):
		return 0
	case err != nil:
		fmt.Fprintf(stderr, "%s: %v; %s -h tells what there is\n", program, err, program)
		return 2
	}
	if err := c.serve(stdout, stderr); err != nil {
		fmt.Fprintf(stderr, "%s: %v\n", program, err)
		return 1
	}
	return 0
}

// A config is the command line.
type config struct {
	host      string
	port      int
	dir       string
	posted    bool
	files     bool
	dotfiles  bool
	pace      sock.Pace
	clients   int
	allowHost []string
	quiet     bool
	verbose   bool
}

// errDone says that the command line asked for no more than was printed.
var errDone = errors.New("done")

// parse reads the command line. Help and version go to stdout.
func parse(args []string, stdout io.Writer) (*config, error) {
	c := &config{}
	flags := flag.NewFlagSet(program, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	posted := sock.Posted()
	flags.StringVar(&c.host, "host", "localhost", "`address` to listen on; 0.0.0.0 for every interface")
	flags.StringVar(&c.dir, "dir", ".", "`folder` served")
	flags.BoolVar(&c.posted, "as-posted", false, "the post's own pace and bytes")
	flags.BoolVar(&c.files, "files", false, "a file server: listings, index.html, HEAD, ranges, connections that are kept")
	flags.BoolVar(&c.dotfiles, "dotfiles", false, "with -files, names that begin with a period too")
	interval := flags.Duration("interval", posted.Interval, "`time` from one call of a callback to its next, at most")
	listenWait := flags.Duration("listen-wait", posted.ListenWait, "`time` that a poll waits for a client, at most")
	pollWait := flags.Duration("poll-wait", posted.PollWait, "`time` that a poll waits for input, at most")
	flags.IntVar(&c.clients, "max-clients", sock.DefaultLimits().Clients, fmt.Sprintf("`number` of clients at once; with -as-posted %d", sock.PostedClients))
	allowHost := flags.String("allow-host", "", "`name[,name]` of hosts that requests may ask for besides localhost")
	flags.BoolVar(&c.quiet, "q", false, "no line per client or request")
	flags.BoolVar(&c.verbose, "v", false, "a line per callback")
	version := flags.Bool("version", false, "print the version and exit")

	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintf(stdout, "usage: %s [flags] [port]\n\nServes a folder over HTTP. The port is 8000 unless given; 0 picks a free one.\n\n", program)
		flags.SetOutput(stdout)
		flags.PrintDefaults()
		return nil, errDone
	case err != nil:
		return nil, err
	case *version:
		fmt.Fprintln(stdout, program, moduleVersion())
		return nil, errDone
	}

	if c.port, err = parsePort(flags.Args()); err != nil {
		return nil, err
	}
	given := map[string]bool{}
	flags.Visit(func(f *flag.Flag) { given[f.Name] = true })
	if c.posted && !given["max-clients"] {
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
	case c.posted && c.clients > sock.PostedClients:
		return nil, fmt.Errorf("-max-clients %d is more than the %d units that -as-posted has", c.clients, sock.PostedClients)
	case c.posted && c.files:
		return nil, errors.New("-as-posted and -files ask for opposite things")
	case c.dotfiles && !c.files:
		return nil, errors.New("-dotfiles goes with -files, which lists them; without it they are served anyway")
	case c.quiet && c.verbose:
		return nil, errors.New("-q and -v ask for opposite things")
	}
	c.pace = sock.Eager()
	if c.posted {
		c.pace = posted
	}
	c.pace.Interval, c.pace.ListenWait, c.pace.PollWait = *interval, *listenWait, *pollWait
	for name := range strings.SplitSeq(*allowHost, ",") {
		if name = strings.TrimSpace(name); name != "" {
			c.allowHost = append(c.allowHost, name)
		}
	}
	return c, nil
}

func parsePort(args []string) (int, error) {
	switch len(args) {
	case 0:
		return 8000, nil
	case 1:
		port, err := strconv.ParseUint(args[0], 10, 16)
		if err != nil {
			return 0, fmt.Errorf("%q is no port: a number from 0 to 65535 is", args[0])
		}
		return int(port), nil
	}
	return 0, fmt.Errorf("%q is one argument too many: flags go before the port", args[1])
}

// moduleVersion is what the program was built from.
func moduleVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(unknown)"
	}
	return info.Main.Version
}

// serve runs the server until a signal ends it.
func (c *config) serve(stdout, stderr io.Writer) error {
	root, err := openFolder(c.dir)
	if err != nil {
		return err
	}
	defer root.Close()
	listener, err := c.listen()
	if err != nil {
		return err
	}

	queue := timer.NewQueue(clock.New())
	print, report := newLines(queue, stdout), newLines(queue, stderr)
	if sameFile(stdout, stderr) {
		print = report
	}
	defer print.Flush()
	defer report.Flush()
	logger := log.New(report, "", 0)
	server := sock.NewServer(queue, listener, c.routine(root, listener, print, logger))
	server.Log = logger
	server.Pace = c.pace
	server.Limits.Clients = c.clients
	fmt.Fprintf(stderr, "SOCKSERVERHTTP: Server listening on port %d\n", port(listener))
	fmt.Fprintf(stderr, "%s: open %s; Ctrl-C stops the server\n", program, c.address(listener, root))
	if !c.quiet {
		each := func(e sock.Event) { c.report(report, e) }
		server.Trace[sock.Accepted], server.Trace[sock.Replied] = each, each
		if c.verbose {
			server.Trace = sock.TraceAll(each)
		}
	}

	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	onSignal(func() {
		queue.Set(0, func(timer.ID) { server.Shutdown(grace, stop) })
	})
	server.Start()
	queue.Run(ctx)
	return nil
}

// routine is what answers: SockHTTP, or with -files a handler.
func (c *config) routine(root *os.Root, listener sock.Listener, print *lines, logger *log.Logger) sock.Routine {
	options := http.RoutineOptions{Log: logger}
	if addr, ok := listener.Addr().(*net.TCPAddr); ok && addr.IP.IsLoopback() {
		options.AllowHost = http.LocalHost(c.allowHost...)
	}
	if !c.quiet {
		options.Print = func(request []string) {
			print.Write(append(appendEscaped(print.AvailableBuffer(), request), '\n'))
		}
	}
	if c.files {
		return http.Routine(http.FileServer(root, c.dotfiles), &options)
	}
	folder := http.NewFolder(root)
	if c.posted {
		folder = http.PostedFolder(root)
	}
	folder.Print, folder.AllowHost = options.Print, options.AllowHost
	return folder.SockHTTP
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

func openFolder(dir string) (*os.Root, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("cannot serve the folder %q: %w; name another with -dir", dir, reason(err))
	}
	return root, nil
}

func (c *config) listen() (sock.Listener, error) {
	listener, err := sock.Listen(net.JoinHostPort(c.host, strconv.Itoa(c.port)))
	switch {
	case errors.Is(err, syscall.EADDRINUSE), errors.Is(err, wsaEADDRINUSE):
		return nil, fmt.Errorf("port %d is in use by another program; name another port, or 0 for any that is free", c.port)
	case errors.Is(err, syscall.EACCES), errors.Is(err, wsaEACCES):
		return nil, fmt.Errorf("port %d is not allowed to you; name one from 1024 on, or 0 for any that is free", c.port)
	case err != nil:
		return nil, fmt.Errorf("cannot listen on %s: %w", c.host, reason(err))
	}
	return listener, nil
}

// reason is the innermost error of err, whose wrappings name what the message
// names already.
func reason(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}

func port(l sock.Listener) int {
	if addr, ok := l.Addr().(*net.TCPAddr); ok {
		return addr.Port
	}
	return 0
}

// address is what to open in a browser: the listing, or the picture if it is
// there.
func (c *config) address(l sock.Listener, root *os.Root) string {
	host := c.host
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	url := "http://" + net.JoinHostPort(host, strconv.Itoa(port(l))) + "/"
	if c.files {
		return url
	}
	const picture = "galaxy.jpg"
	if _, err := root.Stat(picture); err != nil {
		return url + "NAME for the file NAME of the folder " + c.dir
	}
	return url + picture
}

// report prints what happened: a line per client and per reply, or with -v one
// for everything.
func (c *config) report(w *lines, e sock.Event) {
	b := w.AvailableBuffer() // so that a line costs no memory
	switch {
	case e.Kind == sock.Accepted:
		b = append(b, "LISTENERCALLBACK: Client connection established on LUN "...)
		b = strconv.AppendInt(b, int64(e.LUN), 10)
	case e.Kind == sock.Replied:
		b = append(b, "SOCKHTTP: LUN "...)
		b = strconv.AppendInt(b, int64(e.LUN), 10)
		b = append(append(append(b, ": "...), e.Note...), ", "...)
		b = strconv.AppendInt(b, e.Bytes, 10)
		b = append(append(b, " bytes, "...), e.Wait.Round(time.Microsecond).String()...)
	case c.verbose:
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
