package main

import (
	"fmt"
	"io"
	"path/filepath"

	"sockhttp/cmd/command"
	"sockhttp/http"
)

// get fetches what the URL names, and writes it to the file or to stdout.
func get(o *options, stdout, stderr io.Writer) error {
	out, err := newOutput(o.out, stdout)
	if err != nil {
		return fmt.Errorf("cannot write %q: %w", o.out, err)
	}
	ctx, stop := untilSignal()
	defer stop()
	if err := out.create(); err != nil {
		return fmt.Errorf("cannot write %q: %w", o.out, err)
	}
	name := filepath.Base(o.out)
	if o.out == "-" {
		name = "standard output"
	}
	bar := newBar(stderr, name)
	bar.on = bar.on && !o.verbose
	f := &http.Fetch{Host: o.url.Host, Path: o.url.RequestURI(), To: out, Progress: bar.show}
	err = connect(ctx, o, o.webAddress(), f.Routine, stderr)
	bar.end()
	if err == nil {
		err = f.Err
	}
	if err != nil {
		out.drop()
		return fmt.Errorf("cannot fetch %s: %w", o.get, err)
	}
	if err := out.keep(); err != nil {
		return fmt.Errorf("cannot write %q: %w", o.out, command.Reason(err))
	}
	return nil
}
