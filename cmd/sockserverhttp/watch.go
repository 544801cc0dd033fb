package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"

	"sockhttp/cmd/command"
	"sockhttp/cmd/control"
	"sockhttp/cmd/watch"
	"sockhttp/sock"
	"sockhttp/timer"
)

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
	_, notPort := strconv.ParseUint(port, 10, 16)
	switch {
	case err != nil || notPort != nil || host == "":
		return fmt.Errorf("-watch %q is not a port; give a number from 0 to 65535, or an address of this machine, a colon and the port", o.watch)
	case o.tls:
		return errors.New("-watch cannot show a server with -tls, whose routine is not on the loop; give one of them")
	}
	o.watch = address
	return nil
}

// startWatch starts the page that shows a server.
func (o *options) startWatch(c *control.Control, queue *timer.Queue, server *sock.Server, directory *os.Root) (*watch.Watch, error) {
	told := watch.Options{Routine: "SockHTTP", Blocks: o.blocking}
	if _, err := directory.Stat(picture); err == nil {
		told.Path = "/" + picture
	}
	switch {
	case o.files:
		told.Routine = ""
	case o.AsPosted:
		told.Routine = "PostedHTTP"
	}
	page, err := watch.Start(o.watch, c, queue, server, told)
	if err != nil {
		return nil, fmt.Errorf("cannot show the page on %s: %w; give -watch another port, or 0 for any free one", o.watch, command.Reason(err))
	}
	return page, nil
}

// useOfWatch says where that page is, and warns if it is not for this machine alone.
func (o *options) useOfWatch(page *watch.Watch) string {
	host, _, _ := net.SplitHostPort(o.watch)
	_, port, _ := net.SplitHostPort(page.Addr().String())
	use := "; watch it at http://" + net.JoinHostPort(command.Here(host), port) + "/"
	if !page.Local() {
		use += " (WARNING: whoever reaches that address can pause this server)"
	}
	return use
}
