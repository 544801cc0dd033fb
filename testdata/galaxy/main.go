// Command galaxy draws the picture that the server shows, galaxy.jpg: a spiral
// galaxy that nobody has seen, the same one each time.
//
//	go run ./testdata/galaxy -o testdata/galaxy.jpg
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
)

// quality is JPEG's, from 1 to 100.
const quality = 98

func main() {
	name := flag.String("o", "galaxy.jpg", "`file` to write")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "galaxy: unexpected argument %q; see galaxy -h\n", flag.Arg(0))
		os.Exit(2)
	}
	if err := write(*name, draw()); err != nil {
		fmt.Fprintf(os.Stderr, "galaxy: %v\n", err)
		os.Exit(1)
	}
}

// write writes picture to the JPEG file name. It replaces the file only when all
// of the new one is written, because a server may be sending it.
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
