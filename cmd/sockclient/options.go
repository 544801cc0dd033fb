package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"time"

	"sockhttp/cmd/command"
	"sockhttp/http"
	"sockhttp/sock"
)

// options are the command line.
type options struct {
	wait     time.Duration // for the server to be there
	asPosted bool
	verbose  bool

	// To ask a sockserver:
	command string
	picture string // a file, or "" for the command help alone
	server  string
	port    int

	// To fetch a file:
	get string
	url *url.URL // the same
	out string
	crowd
}

// parse reads the command line. Its errors are for [command.UsageStatus].
func parse(args []string, stdout io.Writer) (*options, error) {
	o := &options{server: "localhost", port: 21038, wait: 10 * time.Second, crowd: crowd{clients: 1, manner: manner{every: 200 * time.Millisecond}}}
	f := command.NewFlags(program, `sockclient [flags] -command WORD PICTURE
       sockclient [flags] -get URL -o FILE
       sockclient [flags] -get URL -n NUMBER`, `Asks a sockserver about a picture, which is a JPEG or PNG file, and prints the
answer; or fetches a file over HTTP; or tries a server with clients that are many
or bad.`)
	f.Heading("To ask about a picture")
	f.String(&o.command, "command WORD", "send this word with the picture; -command help lists the words,\nand needs no picture")
	f.String(&o.server, "server HOST", "ask the sockserver on this host")
	f.Int(&o.port, "port PORT", "ask the sockserver on this TCP port")
	f.Heading("To fetch a file")
	f.String(&o.get, "get URL", "fetch this, such as http://localhost:8000/galaxy.jpg")
	f.String(&o.out, "o FILE", "write it to this file; - is standard output")
	o.crowd.addFlags(f)
	f.Heading("For all (a TIME is written like 5s or 100ms)")
	f.Duration(&o.wait, "wait TIME", "try every 100ms to connect, for this long at most")
	f.Bool(&o.asPosted, "as-posted", "wait exactly as long as the post does")
	f.Bool(&o.verbose, "v", "print every callback and poll, with the seconds and the unit, of\nwhich each client has its own; of polls that find nothing, print\nhow many they were")

	rest, err := f.Parse(args, stdout)
	switch {
	case err != nil:
		return nil, err
	case o.wait < 0:
		return nil, fmt.Errorf("-wait %v is negative; give 0s or more", o.wait)
	case o.get != "":
		return o, o.checkGet(f, rest)
	}
	return o, o.checkAsk(f, rest)
}

// pace is how often the sockets are polled.
func (o *options) pace() sock.Pace {
	if o.asPosted {
		return sock.Posted()
	}
	return sock.Eager()
}

// checkAsk checks what goes with -command.
func (o *options) checkAsk(f *command.Flags, rest []string) error {
	switch {
	case o.out != "":
		return errors.New("-o needs -get and a URL")
	case o.crowd.given(f) != "":
		return fmt.Errorf("%s needs -get and a URL", o.crowd.given(f))
	case o.command == "":
		return errors.New("there is nothing to do; ask about a picture with -command, or fetch a file with -get")
	case strings.ContainsAny(o.command, "\r\n"):
		return fmt.Errorf("-command %q has more than one line; give one word", o.command)
	case o.port < 1 || o.port > 65535:
		return fmt.Errorf("-port %d is not a port; give a number from 1 to 65535", o.port)
	case len(rest) == 0 && o.command == "help":
		return nil
	case len(rest) == 0:
		return fmt.Errorf("-command %s needs a picture; give a JPEG or PNG file after the flags", o.command)
	case len(rest) > 1:
		return fmt.Errorf("%q is one picture too many; give one", rest[1])
	}
	o.picture = rest[0]
	return nil
}

// checkGet checks what goes with -get.
func (o *options) checkGet(f *command.Flags, rest []string) (err error) {
	o.url, err = url.Parse(o.get)
	bad := o.crowd.given(f)
	switch {
	case err != nil || o.url.Scheme != "http" || o.url.Hostname() == "":
		return fmt.Errorf("-get %q cannot be fetched; give a URL that begins with http:// and a host", o.get)
	case o.command != "":
		return errors.New("-get and -command contradict each other; give one of them")
	case bad != "" && o.out != "":
		return fmt.Errorf("%s and -o contradict each other; with %[1]s the file is counted and not kept", bad)
	case bad == "" && o.out == "":
		return errors.New("-get needs -o and a file to write, or - for standard output")
	case len(rest) > 0:
		return fmt.Errorf("%q is one argument too many; -get takes none", rest[0])
	case bad != "":
		o.isCrowd = true
		return o.crowd.check(f, len((&http.Fetch{Host: o.url.Host, Path: o.url.RequestURI()}).Request()))
	}
	return nil
}

// webAddress is where the server of -get listens.
func (o *options) webAddress() string {
	return net.JoinHostPort(o.url.Hostname(), cmp.Or(o.url.Port(), "80"))
}
