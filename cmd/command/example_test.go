package command_test

import (
	"fmt"
	"os"

	"sockhttp/cmd/command"
	"sockhttp/sock"
	"sockhttp/timer"

	"github.com/benbjohnson/clock"
)

// A server without a command line, which prints each callback and ends on Ctrl-C.
// With flags it is testdata/hello.
func Example() {
	listener, err := command.Listen("localhost", 8002)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	log := command.NewLog("hello", os.Stdout, os.Stderr, command.Verbose)
	defer log.Close()
	queue := timer.NewQueue(clock.New())
	server := sock.NewServer(queue, listener, func(client *sock.Unit) {
		fmt.Fprintln(client, "hello")
		client.Free()
	})
	server.Log, server.Trace = log.Logger, log.Trace("HELLO")
	log.Listening(command.Port(listener), "send it anything")
	server.Start()
	command.Run(queue, server, log)
}
