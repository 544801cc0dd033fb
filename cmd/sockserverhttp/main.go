// Command sockserverhttp serves the files of a directory over HTTP from timer
// callbacks: the post's SockServerHTTP. See sockserverhttp -h for its flags.
package main

import (
	"fmt"
	"io"
	"os"

	"sockhttp/cmd/command"
	"sockhttp/cmd/control"
	"sockhttp/http/blocking"
	"sockhttp/sock"
	"sockhttp/timer"

	"github.com/benbjohnson/clock"
)

const program = "sockserverhttp"

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run is the program. It returns the exit status.
func run(args []string, stdout, stderr io.Writer) int {
	o, err := parse(args, stdout)
	if err != nil {
		return command.UsageStatus(program, err, stderr)
	}
	if o.lanes {
		return command.Status(program, printLanes(o.timelines, stdout), stderr)
	}
	return command.Status(program, serve(o, stdout, stderr), stderr)
}

// serve serves the directory until a signal ends it.
func serve(o *options, stdout, stderr io.Writer) error {
	directory, err := os.OpenRoot(o.directory)
	if err != nil {
		return fmt.Errorf("cannot serve the directory %q: %w; name another with -dir", o.directory, command.Reason(err))
	}
	defer directory.Close()
	listener, err := command.Listen(o.Host, o.Port)
	if err != nil {
		return err
	}
	var onStop []func()
	var clock clock.Clock = clock.New()
	var controlled *control.Control
	if o.watch != "" || o.Controlled() {
		controlled = control.New(clock)
		clock, listener = controlled.Clock(), controlled.Listener(listener)
		onStop = append(onStop, controlled.Release)
	}
	if o.blocking {
		waiting := blocking.New(listener)
		listener, onStop = waiting, append(onStop, waiting.Stop)
	}
	queue := timer.NewQueue(clock)
	log := command.NewLog(program, stdout, stderr, o.Detail)
	defer log.Close()

	if o.tls {
		return o.serveTLS(directory, listener, queue, log)
	}
	routine, name := o.routine(directory, listener, log)
	server := sock.NewServer(queue, listener, routine)
	o.prepare(server, name, log)
	use := o.use(directory, listener)
	if o.watch != "" {
		page, err := o.startWatch(controlled, queue, server, directory)
		if err != nil {
			return err
		}
		defer page.Close()
		use += o.useOfWatch(page)
	}
	log.Listening(command.Port(listener), use)
	o.Control(controlled, queue, server, os.Stdin, log)
	server.Start()
	command.Run(queue, server, log, onStop...)
	return nil
}

// prepare sets what a server is told by the command line. Name is its routine's,
// in the log.
func (o *options) prepare(server *sock.Server, name string, log *command.Log) {
	server.Pace, server.Limits.MaxClients = o.Pace, o.MaxClients
	server.Log, server.Trace = log.Logger, log.Trace(name)
}
