// Command sockclient is the client of the two servers. Like them, it polls from
// timer callbacks: it is the SockClient that the post starts from. See
// sockclient -h for its flags.
package main

import (
	"io"
	"os"

	"sockhttp/cmd/command"
)

const program = "sockclient"

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run is the program. It returns the exit status.
func run(args []string, stdout, stderr io.Writer) int {
	o, err := parse(args, stdout)
	if err != nil {
		return command.UsageStatus(program, err, stderr)
	}
	switch {
	case o.isCrowd:
		err = visitAll(o, stdout, stderr)
	case o.get != "":
		err = get(o, stdout, stderr)
	default:
		err = ask(o, stdout, stderr)
	}
	return command.Status(program, err, stderr)
}
