package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"

	"sockhttp/cmd/command"
	"sockhttp/sock/array"
)

// ask sends the picture and the command to a sockserver, and prints the answer.
func ask(o *options, stdout, stderr io.Writer) error {
	// The command help needs no picture, but the protocol needs an array.
	header, elements := array.Header{Dimensions: [3]int{1, 1, 1}, Type: array.Byte}, []byte{0}
	if o.picture != "" {
		var err error
		if header, elements, err = readPicture(o.picture); err != nil {
			return err
		}
	}
	ctx, stop := untilSignal()
	defer stop()
	answered := errors.New("the array was not sent")
	routine := array.Ask(header, elements, o.command, func(line string, err error) {
		if answered = err; err == nil {
			fmt.Fprintln(stdout, command.Escape(line))
		}
	})
	err := connect(ctx, o, net.JoinHostPort(o.server, strconv.Itoa(o.port)), routine, stderr)
	switch {
	case err != nil:
		return err
	case answered != nil:
		return errors.New(command.Escape(answered.Error()))
	}
	return nil
}
