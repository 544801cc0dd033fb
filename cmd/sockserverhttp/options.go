package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"regexp"
	"strconv"
	"strings"

	"sockhttp/cmd/command"
	"sockhttp/cmd/watch"
	"sockhttp/http"
	"sockhttp/http/handler"
	"sockhttp/sock"
)

// options are the command line: those of every server, and what is served how.
type options struct {
	command.ServerOptions
	directory string
	files     bool
	dotfiles  bool
	hosts     string // that -allow-host allows, with commas between them
	watch     string // the address of the page that shows the server at work; "" for none
}

// parse reads the command line. Its errors are for [command.UsageStatus].
func parse(args []string, stdout io.Writer) (*options, error) {
	o := &options{ServerOptions: command.NewServerOptions(8000, sock.DefaultLimits().MaxClients), directory: "."}
	f := command.NewFlags(program, program+" [flags] [PORT]", fmt.Sprintf(`Serves the files of a directory over HTTP. PORT is the TCP port to listen on; 0
picks a free one (default %d). The program is modelled on a blog post about sockets
in IDL, "the post" below.`, o.Port))
	f.Heading("What it serves")
	f.String(&o.directory, "dir DIRECTORY", "serve the files of this directory")
	f.Bool(&o.files, "files", "be a full file server: list directories, show index.html,\nanswer HEAD and ranges, keep connections open")
	f.Bool(&o.dotfiles, "dotfiles", "with -files, serve names that begin with a period, too")
	f.String(&o.hosts, "allow-host NAME[,NAME]", "answer only requests for localhost and for these host names;\na server that listens on localhost always refuses other names")
	f.Heading("What it shows")
	f.String(&o.watch, "watch [HOST:]PORT", "show the server at work on a page at this port, where it can\nbe paused, stepped and slowed down; for this machine alone,\nunless HOST is another of its addresses")
	o.AddFlags(f, "wait exactly as long as the post does, and send exactly the\nbytes that it sends")

	rest, err := f.Parse(args, stdout)
	if err != nil {
		return nil, err
	}
	switch {
	case o.AsPosted && o.files:
		return nil, errors.New("-as-posted and -files contradict each other; give one of them")
	case o.dotfiles && !o.files:
		return nil, errors.New("-dotfiles needs -files; without -files, names that begin with a period are served anyway")
	}
	if err := o.checkWatch(f.Given("watch")); err != nil {
		return nil, err
	}
	if err := o.checkHosts(f.Given("allow-host")); err != nil {
		return nil, err
	}
	if len(rest) == 1 && isDirectory(rest[0]) {
		return nil, fmt.Errorf("%q is a directory, but the last argument is the port; use -dir %[1]s", rest[0])
	}
	return o, o.Check(f, rest)
}

// checkWatch completes the address of -watch, if that is given, or returns what is
// wrong with it.
func (o *options) checkWatch(given bool) error {
	if !given {
		return nil
	}
	address := o.watch
	if !strings.Contains(address, ":") {
		address = "localhost:" + address
	}
	host, port, err := net.SplitHostPort(address)
	if _, portErr := strconv.ParseUint(port, 10, 16); err != nil || portErr != nil || host == "" {
		return fmt.Errorf("-watch %q is not a port; give a number from 0 to 65535, or an address of this machine, a colon and the port", o.watch)
	}
	o.watch = address
	return nil
}

// watchUse says where the page is that shows the server at work, and warns if it is
// not for this machine alone.
func (o *options) watchUse(page *watch.Watch) string {
	host, _, _ := net.SplitHostPort(o.watch)
	_, port, _ := net.SplitHostPort(page.Addr().String())
	use := "; watch it at http://" + net.JoinHostPort(command.Here(host), port) + "/"
	if !page.Local() {
		use += " (WARNING: everyone who reaches this address can pause the server)"
	}
	return use
}

// watched is what that page is told of the server.
func (o *options) watched(directory *os.Root) (w watch.Options) {
	if _, err := directory.Stat(picture); err == nil {
		w.Path = "/" + picture
	}
	switch {
	case o.files:
	case o.AsPosted:
		w.Routine = "PostedHTTP"
	default:
		w.Routine = "SockHTTP"
	}
	return w
}

// isDirectory reports whether name is that of a directory, and not of a port.
func isDirectory(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir() && strings.Trim(name, "0123456789") != ""
}

// routine is what answers, and its name in the log: SockHTTP or, with -files, one
// that has a handler answer.
func (o *options) routine(directory *os.Root, listener sock.Listener, log *command.Log) (routine sock.Routine, name string) {
	var allowHost func(string) bool // any
	if addr, ok := listener.Addr().(*net.TCPAddr); o.hosts != "" || ok && addr.IP.IsLoopback() {
		allowHost = http.LocalHost(o.hostNames()...)
	}
	if o.files {
		return handler.Routine(handler.FileServer(directory, o.dotfiles), &handler.Options{Log: log.Logger, Print: log.PrintRequest, AllowHost: allowHost}), "FILESERVER"
	}
	served := http.NewDirectory(directory)
	served.Print, served.AllowHost = log.PrintRequest, allowHost
	if o.AsPosted {
		return served.PostedHTTP, "SOCKHTTP"
	}
	return served.SockHTTP, "SOCKHTTP"
}

// checkHosts returns what is wrong with the names of -allow-host, if that is given.
func (o *options) checkHosts(given bool) error {
	names := o.hostNames()
	if given && len(names) == 0 {
		return errors.New("-allow-host has no name; give one, or leave the flag out")
	}
	for _, name := range names {
		if net.ParseIP(name) == nil && !hostName.MatchString(name) {
			return fmt.Errorf("-allow-host %q is not the name of a host; give one like nas.example, without http:// and port", name)
		}
	}
	return nil
}

var hostName = regexp.MustCompile(`^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?$`)

// hostNames are the names of -allow-host.
func (o *options) hostNames() (names []string) {
	for name := range strings.SplitSeq(o.hosts, ",") {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	return names
}

const picture = "galaxy.jpg" // the post's

// use says where to point a browser.
func (o *options) use(directory *os.Root, listener sock.Listener) string {
	path, note := picture, ""
	if _, err := directory.Stat(picture); o.files {
		path = ""
	} else if err != nil {
		path, note = "NAME", fmt.Sprintf(", where NAME is a file in the directory %q", o.directory)
	}
	url := func(host string) string {
		return "http://" + net.JoinHostPort(host, strconv.Itoa(command.Port(listener))) + "/" + path
	}
	use := "open " + url(command.Here(o.Host))
	if host := command.Elsewhere(o.Host); host != "" {
		if names := o.hostNames(); len(names) > 0 {
			host = names[0] // which the server answers to
		}
		use += " or, on another machine, " + url(host)
	}
	return use + note
}
