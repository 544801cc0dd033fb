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
	blocking  bool
	tls       bool // which implies files
	certFile  string
	keyFile   string
	hosts     string // that -allow-host allows, with commas between them
	watch     string // the address of the page that shows the server at work; "" for none
	lanes     bool
	timelines []string // that -lanes draws
}

// parse reads the command line. Its errors are for [command.UsageStatus].
func parse(args []string, stdout io.Writer) (*options, error) {
	o := &options{ServerOptions: command.NewServerOptions(8000, sock.DefaultLimits().MaxClients), directory: "."}
	f := command.NewFlags(program, program+" [flags] [PORT]\n       "+program+" -lanes TIMELINE [TIMELINE] > PICTURE.svg", fmt.Sprintf(`Serves the files of a directory over HTTP. PORT is the TCP port to listen on; 0
picks a free one (default %d). The program is modelled on a blog post about sockets
in IDL, "the post" below.`, o.Port))
	f.Heading("What it serves")
	f.String(&o.directory, "dir DIRECTORY", "serve the files of this directory")
	f.Bool(&o.files, "files", "be a full file server: list directories, show index.html,\nanswer HEAD and ranges, keep connections open")
	f.Bool(&o.dotfiles, "dotfiles", "with -files, serve names that begin with a period, too")
	f.String(&o.hosts, "allow-host NAME[,NAME]", "answer only requests for localhost and for these host names;\na server that listens on localhost always refuses other names")
	f.Bool(&o.blocking, "blocking", "with -as-posted, wait until a client has sent its request and\ntaken its reply, as the post does: a slow one holds up all others")
	f.Heading("How it is encrypted")
	f.Bool(&o.tls, "tls", "serve over https, HTTP/2 included, what -files serves over\nhttp, with a certificate that is made for this run")
	f.String(&o.certFile, "cert FILE", "with -tls, use the certificate in this file (PEM), and those\nafter it that lead from it to one that clients know")
	f.String(&o.keyFile, "key FILE", "with -cert, its private key (PEM)")
	f.Heading("What it shows")
	f.String(&o.watch, "watch [HOST:]PORT", "show the server at work on a page at this port, where it can\nbe paused, stepped and slowed down; for this machine alone,\nunless HOST is another of its addresses")
	o.AddFlags(f, "wait exactly as long as the post does, and send exactly the\nbytes that it sends")
	f.Bool(&o.lanes, "lanes", "do not serve, but print a timeline as a picture in SVG: each\nargument is a file like those of testdata/timelines, - is\nstdin, and of two the first is above the other")

	rest, err := f.Parse(args, stdout)
	if err != nil {
		return nil, err
	}
	if o.lanes {
		o.timelines = rest
		return o, checkTimelines(rest)
	}
	switch {
	case o.blocking && !o.AsPosted:
		return nil, errors.New("-blocking needs -as-posted; otherwise no client is waited for")
	case o.AsPosted && o.tls:
		return nil, errors.New("-as-posted and -tls contradict each other, since the post's bytes are not encrypted; give one of them")
	case o.AsPosted && o.files:
		return nil, errors.New("-as-posted and -files contradict each other; give one of them")
	case o.tls && o.Controlled():
		return nil, errors.New("-slow and -step do not go with -tls, whose routine is not on the loop; leave them or -tls out")
	case !o.tls && (o.certFile != "" || o.keyFile != ""):
		return nil, errors.New("-cert and -key need -tls")
	case (o.certFile == "") != (o.keyFile == ""):
		return nil, errors.New("-cert and -key go together; give both, or neither for a certificate that is made for this run")
	}
	o.files = o.files || o.tls
	switch {
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

// checkTimelines returns what is wrong with the arguments of -lanes.
func checkTimelines(files []string) error {
	switch {
	case len(files) == 0:
		return errors.New("-lanes needs the name of a timeline, or - for one on stdin")
	case len(files) > 2:
		return fmt.Errorf("%q is one argument too many; -lanes draws one timeline, or two", files[2])
	}
	return nil
}

// isDirectory reports whether name is that of a directory, and not of a port.
func isDirectory(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir() && strings.Trim(name, "0123456789") != ""
}

// routine is what answers, and its name in the log: SockHTTP or, with -files, one
// that has a handler answer.
func (o *options) routine(directory *os.Root, listener sock.Listener, log *command.Log) (routine sock.Routine, name string) {
	allowHost := o.allowHost(listener)
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

// allowHost is the check of the hosts that requests name; nil if any will do.
func (o *options) allowHost(listener sock.Listener) func(string) bool {
	if addr, ok := listener.Addr().(*net.TCPAddr); o.hosts != "" || ok && addr.IP.IsLoopback() {
		return http.LocalHost(o.hostNames()...)
	}
	return nil
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
	url := func(host string) string { return o.url(host, listener) + path }
	use := "open " + url(command.Here(o.Host))
	if host := command.Elsewhere(o.Host); host != "" {
		if names := o.hostNames(); len(names) > 0 {
			host = names[0] // which the server answers to
		}
		use += " or, on another machine, " + url(host)
	}
	return use + note
}

// url is the address of what is served, by a name of this machine.
func (o *options) url(host string, listener sock.Listener) string {
	scheme := "http"
	if o.tls {
		scheme = "https"
	}
	return scheme + "://" + net.JoinHostPort(host, strconv.Itoa(command.Port(listener))) + "/"
}
