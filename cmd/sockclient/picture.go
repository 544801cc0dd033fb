package main

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	_ "image/jpeg" // to decode them
	_ "image/png"
	"io"
	"os"

	"sockhttp/cmd/command"
	"sockhttp/sock/array"
)

// readPicture returns a JPEG or PNG file as the array that a sockserver takes.
// A file may claim any size: its pixels are decoded only if they fit.
func readPicture(name string) (header array.Header, elements []byte, err error) {
	file, err := os.Open(name)
	if err != nil {
		return header, nil, fmt.Errorf("cannot open the picture %q: %w", name, command.Reason(err))
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && info.IsDir() {
		return header, nil, fmt.Errorf("cannot open the picture %q: it is a directory; give a JPEG or PNG file", name)
	}
	picture, err := decode(file)
	var large tooLarge
	switch {
	case errors.As(err, &large):
		return header, nil, fmt.Errorf("the picture %q has %w", name, large)
	case err != nil:
		return header, nil, fmt.Errorf("cannot decode the picture %q: %w; give a JPEG or PNG file of at most %d bytes when decoded", name, err, array.MaxBytes)
	}
	header, elements = array.FromImage(picture)
	return header, elements, nil
}

// maxHead is how far into a file its picture's size may stand, in bytes.
const maxHead = 4 << 20

// decode decodes a picture that fits into an array.
func decode(r io.Reader) (image.Image, error) {
	var head bytes.Buffer // what was read for the size; r may be a pipe
	config, _, err := image.DecodeConfig(io.TeeReader(io.LimitReader(r, maxHead), &head))
	if err != nil && head.Len() == maxHead {
		return nil, fmt.Errorf("its size does not stand in its first %d bytes", maxHead)
	}
	if err != nil {
		return nil, err
	}
	if err := fits(config.Width, config.Height, config.ColorModel); err != nil {
		return nil, err
	}
	picture, _, err := image.Decode(io.MultiReader(&head, r))
	if err != nil {
		return nil, err
	}
	// A PNG file of greys that also has a transparent one is not decoded to
	// greys.
	size := picture.Bounds().Size()
	return picture, fits(size.X, size.Y, picture.ColorModel())
}

// fits returns an error if an array of so many pixels is too large.
func fits(width, height int, model color.Model) error {
	n := int64(width) * int64(height)
	if model != color.GrayModel {
		n *= 3
	}
	if n > array.MaxBytes {
		return tooLarge{width, height, n}
	}
	return nil
}

// tooLarge is the error of a picture with too many pixels.
type tooLarge struct {
	width, height int
	bytes         int64
}

func (e tooLarge) Error() string {
	return fmt.Sprintf("%d x %d pixels, %d bytes when decoded, and a sockserver takes %d; make it smaller", e.width, e.height, e.bytes, array.MaxBytes)
}
