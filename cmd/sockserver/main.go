// Command sockserver answers what its clients ask of the arrays that they send,
// from timer callbacks: the SockServer that the post starts from. Run it with -h
// for its flags; sockclient is its client.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"

	"sockhttp/cmd/internal/command"
	"sockhttp/sock"
	"sockhttp/sock/array"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run is the command: all of it that is not SockServerHTTP, too.
func run(args []string, stdout, stderr io.Writer) int {
	out := ""
	server := command.Server{
		Name:    "sockserver",
		Does:    "Answers commands about the arrays that sockclient sends.",
		Posted:  "the post's own pace",
		Routine: "SOCKSERVER",
		Port:    21038,
		Clients: sock.PostedClients, // each may hold an array
		Flags: func(flags *flag.FlagSet) {
			flags.StringVar(&out, "out", "", "`folder` that clients may fill with images; without one, none are written")
		},
		Serve: func(c *command.Config) (sock.Routine, string, error) {
			options := array.Options{Print: func(command, answer string) { c.Print([]string{command + ":", answer}) }}
			if out != "" {
				root, err := os.OpenRoot(out)
				if err != nil {
					return nil, "", fmt.Errorf("cannot write to the folder %q: %w; name another with -out", out, command.Reason(err))
				}
				options.Out = root
			}
			return array.Routine(options), fmt.Sprintf("ask it with sockclient -port %d -command mean and a picture", c.Port()), nil
		},
	}
	return server.Run(args, stdout, stderr)
}
