// Command sockserverhttp serves a folder over HTTP from timer callbacks: the
// post's SockServerHTTP. Run it with -h for its flags.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"strings"

	"sockhttp/cmd/internal/command"
	"sockhttp/http"
	"sockhttp/http/handler"
	"sockhttp/sock"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run is the command: all of it that is not SockServer, too.
func run(args []string, stdout, stderr io.Writer) int {
	s := &site{}
	server := command.Server{
		Name:    "sockserverhttp",
		Does:    "Serves a folder over HTTP.",
		Posted:  "the post's own pace and bytes",
		Routine: "SOCKHTTP",
		Port:    8000,
		Clients: sock.DefaultLimits().MaxClients,
		Flags:   s.flags,
		Check:   s.check,
		Serve:   s.serve,
	}
	return server.Run(args, stdout, stderr)
}

// A site is what is served, and how.
type site struct {
	dir       string
	files     bool
	dotfiles  bool
	allowHost string
}

func (s *site) flags(flags *flag.FlagSet) {
	flags.StringVar(&s.dir, "dir", ".", "`folder` served")
	flags.BoolVar(&s.files, "files", false, "a file server: listings, index.html, HEAD, ranges, connections that are kept")
	flags.BoolVar(&s.dotfiles, "dotfiles", false, "with -files, names that begin with a period too")
	flags.StringVar(&s.allowHost, "allow-host", "", "`name[,name]` of hosts that requests may ask for besides localhost")
}

func (s *site) check(c *command.Config) error {
	switch {
	case c.AsPosted && s.files:
		return errors.New("-as-posted and -files ask for opposite things")
	case s.dotfiles && !s.files:
		return errors.New("-dotfiles goes with -files, which lists them; without it they are served anyway")
	}
	return nil
}

// serve returns SockHTTP or, with -files, a handler's routine.
func (s *site) serve(c *command.Config) (sock.Routine, string, error) {
	root, err := os.OpenRoot(s.dir)
	if err != nil {
		return nil, "", fmt.Errorf("cannot serve the folder %q: %w; name another with -dir", s.dir, command.Reason(err))
	}
	options := handler.Options{Log: c.Log, Print: c.Print}
	if addr, ok := c.Listener.Addr().(*net.TCPAddr); ok && addr.IP.IsLoopback() {
		options.AllowHost = http.LocalHost(s.names()...)
	}
	url := "http://" + c.Address() + "/"
	if s.files {
		return handler.Routine(handler.FileServer(root, s.dotfiles), &options), "open " + url, nil
	}
	directory := http.NewDirectory(root)
	directory.Print, directory.AllowHost = options.Print, options.AllowHost
	routine := directory.SockHTTP
	if c.AsPosted {
		routine = directory.PostedHTTP
	}
	const picture = "galaxy.jpg"
	if _, err := root.Stat(picture); err != nil {
		return routine, "open " + url + "NAME for the file NAME of the folder " + s.dir, nil
	}
	return routine, "open " + url + picture, nil
}

// names are the hosts of -allow-host.
func (s *site) names() (names []string) {
	for name := range strings.SplitSeq(s.allowHost, ",") {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	return names
}
