package main

import (
	"fmt"
	"io"
	"os"

	"sockhttp/cmd/command"
	"sockhttp/sock"
	"sockhttp/sock/array"
)

// options are the command line: those of every server, and where images go.
type options struct {
	command.ServerOptions
	images string // a directory, or "" to write none
}

// parse reads the command line. Its errors are for [command.UsageStatus].
func parse(args []string, stdout io.Writer) (*options, error) {
	// Each client may hold an array, so there are few.
	o := &options{ServerOptions: command.NewServerOptions(21038, sock.PostedClients)}
	f := command.NewFlags(program, program+" [flags] [PORT]", fmt.Sprintf(`Answers commands about arrays that clients send, such as the pictures of
sockclient. PORT is the TCP port to listen on; 0 picks a free one (default %d).`, o.Port))
	f.Heading("What it writes")
	f.String(&o.images, "out DIRECTORY", fmt.Sprintf("write images to this directory when clients ask for it, %d\nfiles and %d MiB at most; without -out, none are written", array.MaxImages, array.MaxImageBytes>>20))
	o.AddFlags(f, "keep the post's pace, where every wait lasts its full time")

	rest, err := f.Parse(args, stdout)
	if err != nil {
		return nil, err
	}
	return o, o.Check(f, rest)
}

// openImages opens the directory for images; nil is for none.
func (o *options) openImages() (*os.Root, error) {
	if o.images == "" {
		return nil, nil
	}
	root, err := os.OpenRoot(o.images)
	if err != nil {
		return nil, fmt.Errorf("cannot write to the directory %q: %w; name another with -out", o.images, command.Reason(err))
	}
	return root, nil
}

// use says how to ask the server.
func (o *options) use(listener sock.Listener) string {
	client := "sockclient"
	if host := command.Here(o.Host); host != "localhost" {
		client += " -server " + host
	}
	use := fmt.Sprintf("ask it about a picture with %s -port %d -command mean FILE", client, command.Port(listener))
	if host := command.Elsewhere(o.Host); host != "" {
		use += "; on another machine, add -server " + host
	}
	return use
}
