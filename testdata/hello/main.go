// Command hello is a server to copy and change: a routine of one's own, with the
// flags of sockserver, its log, its orderly end on Ctrl-C, and a page that shows it
// at work.
package main

import (
	"bytes"
	"fmt"
	"os"

	"sockhttp/cmd/command"
	"sockhttp/cmd/control"
	"sockhttp/cmd/watch"
	"sockhttp/sock"
	"sockhttp/timer"

	"github.com/benbjohnson/clock"
)

// hello greets a client that has sent a name and a line's end.
func hello(client *sock.Unit) {
	if name, _, whole := bytes.Cut(client.Input(), []byte("\n")); whole {
		fmt.Fprintf(client, "hello, %s\n", name)
		client.Note("greeted") // for the log
		client.Free()
	}
}

func main() {
	options := command.NewServerOptions(8002, sock.DefaultLimits().MaxClients)
	flags := command.NewFlags("hello", "hello [flags] [PORT]", "Greets clients by the name that they send.")
	options.AddFlags(flags, "wait exactly as long as the post does")
	rest, err := flags.Parse(os.Args[1:], os.Stdout)
	if err == nil {
		err = options.Check(flags, rest)
	}
	if err != nil {
		os.Exit(command.UsageStatus("hello", err, os.Stderr))
	}
	listener, err := command.Listen(options.Host, options.Port)
	if err != nil {
		os.Exit(command.Status("hello", err, os.Stderr))
	}
	log := command.NewLog("hello", os.Stdout, os.Stderr, options.Detail)
	defer log.Close()
	controlled := control.New(clock.New()) // by the page
	queue := timer.NewQueue(controlled.Clock())
	server := sock.NewServer(queue, controlled.Listener(listener), hello)
	server.Pace, server.Limits.MaxClients = options.Pace, options.MaxClients
	server.Log, server.Trace = log.Logger, log.Trace("HELLO")
	page, err := watch.Start("localhost:0", controlled, queue, server, watch.Options{})
	if err != nil {
		os.Exit(command.Status("hello", err, os.Stderr))
	}
	defer page.Close()
	log.Listening(command.Port(listener), fmt.Sprintf("send it a name; watch it at http://%v/", page.Addr()))
	server.Start()
	command.Run(queue, server, log)
}
