// Command sockserver answers what its clients ask of the arrays that they send,
// from timer callbacks: the SockServer that the post starts from. See sockserver
// -h for its flags. Its client is sockclient.
package main

import (
	"io"
	"os"
	"runtime/debug"

	"sockhttp/cmd/command"
	"sockhttp/cmd/control"
	"sockhttp/sock"
	"sockhttp/sock/array"
	"sockhttp/timer"

	"github.com/benbjohnson/clock"
)

const program = "sockserver"

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run is the program. It returns the exit status.
func run(args []string, stdout, stderr io.Writer) int {
	o, err := parse(args, stdout)
	if err != nil {
		return command.UsageStatus(program, err, stderr)
	}
	return command.Status(program, serve(o, stdout, stderr), stderr)
}

// serve answers clients until a signal ends it.
func serve(o *options, stdout, stderr io.Writer) error {
	images, err := o.openImages()
	if err != nil {
		return err
	}
	// What the network brings becomes garbage when it is in an array. Without
	// a limit, Go would let it become as much as the arrays before it collects it.
	debug.SetMemoryLimit(array.MaxMemory + 64<<20)
	listener, err := command.Listen(o.Host, o.Port)
	if err != nil {
		return err
	}
	var onStop []func()
	var clock clock.Clock = clock.New()
	var controlled *control.Control
	if o.Controlled() {
		controlled = control.New(clock)
		clock, listener = controlled.Clock(), controlled.Listener(listener)
		onStop = append(onStop, controlled.Release)
	}
	queue := timer.NewQueue(clock)
	log := command.NewLog(program, stdout, stderr, o.Detail)
	defer log.Close()

	routine := array.Routine(array.Options{
		Out:   images,
		Print: func(command, answer string) { log.Print([]string{command + ":", answer}) },
	})
	server := sock.NewServer(queue, listener, routine)
	server.Pace, server.Limits.MaxClients = o.Pace, o.MaxClients
	server.Log, server.Trace = log.Logger, log.Trace("SOCKSERVER")

	log.Listening(command.Port(listener), o.use(listener))
	o.Control(controlled, queue, server, os.Stdin, log)
	server.Start()
	command.Run(queue, server, log, onStop...)
	return nil
}
