package command

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"sockhttp/cmd/control"
	"sockhttp/sock"
)

// ServerOptions are what the command line of a server says, whatever its routine
// is.
type ServerOptions struct {
	Host       string
	Port       int // from 0, which picks a free one, to 65535
	AsPosted   bool
	MaxClients int
	Pace       sock.Pace
	Detail     Detail

	quiet, verbose bool
	slower         int // seconds that one of the server's lasts
	step           bool
}

// NewServerOptions returns the defaults of a server: its port, how many clients it
// serves at once, localhost, and the eager pace. Then come [ServerOptions.AddFlags],
// [Flags.Parse] and [ServerOptions.Check], in this order.
//
// A poll for a new client may wait for 1 s, ten times as long as that of [sock.Eager].
// It ends when anything else is due, so nobody waits for it, and a server that nobody
// uses takes a tenth of the processor time.
func NewServerOptions(port, maxClients int) ServerOptions {
	pace := sock.Eager()
	pace.ListenWait = time.Second
	return ServerOptions{Host: "localhost", Port: port, MaxClients: maxClients, Pace: pace, slower: 1}
}

// AddFlags adds the flags of all servers, under headings of their own. Posted is the
// help's line on -as-posted: what the server does then.
func (o *ServerOptions) AddFlags(f *Flags, posted string) {
	f.Heading("Where it listens")
	f.String(&o.Host, "host ADDRESS", "listen on this name or address of the machine; 0.0.0.0 is all\nof its addresses, so that other machines can connect")
	f.Int(&o.MaxClients, "max-clients NUMBER", fmt.Sprintf("serve at most this many clients at once; with -as-posted, %d\nor fewer", sock.PostedClients))
	f.Hint("port", fmt.Sprintf("the port is the last argument, as in %s %d", f.program, o.Port))

	f.Heading("How its timers work (a TIME is written like 5s or 100ms)")
	f.Bool(&o.AsPosted, "as-posted", posted)
	f.Duration(&o.Pace.Interval, "interval TIME", "time between two calls of a callback; without -as-posted,\nthe longest time")
	f.Duration(&o.Pace.ListenWait, "listen-wait TIME", "let a poll for a new client wait this long at most, with\n-as-posted 100ms unless given")
	f.Duration(&o.Pace.PollWait, "poll-wait TIME", "let a poll for a client's input wait this long at most")

	f.Int(&o.slower, "slow NUMBER", "run this many times slower, so that you can follow with -v")
	f.Bool(&o.step, "step", "run one callback each time that you press Enter, and print what\nit does, as -v would without counting polls")

	f.Heading("What it prints")
	f.Bool(&o.quiet, "q", "print nothing about clients, requests and replies")
	f.Bool(&o.verbose, "v", "print every callback and poll, too, with the seconds and the unit;\nof polls that find nothing, print how many they were")
}

// Check completes the options after the flags were parsed, with the arguments
// that came after them, or says what is wrong.
func (o *ServerOptions) Check(f *Flags, rest []string) error {
	if o.AsPosted {
		posted := sock.Posted()
		o.Pace.Batch, o.Pace.Eager = posted.Batch, posted.Eager
		if !f.Given("listen-wait") {
			o.Pace.ListenWait = posted.ListenWait
		}
		if !f.Given("max-clients") {
			o.MaxClients = sock.PostedClients
		}
	}
	switch {
	case o.quiet:
		o.Detail = Quiet
	case o.verbose || o.step:
		o.Detail = Verbose
	}
	switch {
	case o.Pace.Interval <= 0:
		return fmt.Errorf("-interval %v is too short; give a time above 0s", o.Pace.Interval)
	case o.Pace.ListenWait < 0:
		return fmt.Errorf("-listen-wait %v is negative; give 0s or more", o.Pace.ListenWait)
	case o.Pace.PollWait < 0:
		return fmt.Errorf("-poll-wait %v is negative; give 0s or more", o.Pace.PollWait)
	case o.MaxClients < 1:
		return fmt.Errorf("-max-clients %d is too few; give 1 or more", o.MaxClients)
	case o.AsPosted && o.MaxClients > sock.PostedClients:
		return fmt.Errorf("-max-clients %d is more than the %d units that -as-posted has; give %d or less", o.MaxClients, sock.PostedClients, sock.PostedClients)
	case o.slower < 1 || o.slower > control.MaxSlower:
		return fmt.Errorf("-slow %d is not possible; give a number from 1 to %d", o.slower, control.MaxSlower)
	case o.quiet && o.step:
		return errors.New("-q and -step contradict each other; give one of them")
	case o.quiet && o.verbose:
		return errors.New("-q and -v contradict each other; give one of them")
	case len(rest) > 1 && !isWhole(rest[0]):
		return fmt.Errorf("%q is not a port, which stands last and alone; a file or directory is given with a flag", rest[0])
	case len(rest) > 1:
		return fmt.Errorf("%q is one argument too many; give the port alone", rest[1])
	case len(rest) == 0:
		return nil
	}
	port, err := strconv.ParseUint(rest[0], 10, 16)
	if err != nil {
		return fmt.Errorf("%q is not a port; give a number from 0 to 65535", rest[0])
	}
	o.Port = int(port)
	return nil
}
