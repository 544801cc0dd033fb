// Command galaxy draws the picture that the server shows, galaxy.jpg: a spiral
// galaxy that nobody has seen, the same one each time.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"os"
	"path/filepath"
)

// quality is JPEG's, from 1 to 100.
const quality = 98

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run is the command: exit status 2 is for a wrong command line, 1 for all
// else that went wrong.
func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("galaxy", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	name := flags.String("o", "galaxy.jpg", "`file` to write")
	err := flags.Parse(args)
	if err == nil && flags.NArg() > 0 {
		err = fmt.Errorf("%q is one argument too many", flags.Arg(0))
	}
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, "usage: galaxy [flags]\n\nDraws a spiral galaxy.\n\n")
		flags.SetOutput(stdout)
		flags.PrintDefaults()
		return 0
	case err != nil:
		fmt.Fprintf(stderr, "galaxy: %v; galaxy -h tells what there is\n", err)
		return 2
	}
	if err := write(*name, draw()); err != nil {
		fmt.Fprintf(stderr, "galaxy: %v\n", err)
		return 1
	}
	return 0
}

// write makes name a JPEG file of picture. It becomes that only when all of it
// is written: a server may be sending the former one.
func write(name string, picture image.Image) (err error) {
	file, err := os.CreateTemp(filepath.Dir(name), ".galaxy-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(file.Name())
		}
	}()
	w := bufio.NewWriter(file)
	err = jpeg.Encode(w, picture, &jpeg.Options{Quality: quality})
	err = errors.Join(err, w.Flush(), file.Chmod(0o644), file.Close())
	if err != nil {
		return err
	}
	return os.Rename(file.Name(), name)
}
