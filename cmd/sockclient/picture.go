package main

import (
	"fmt"
	"image"
	_ "image/jpeg" // to decode them
	_ "image/png"
	"os"

	"sockhttp/cmd/internal/command"
	"sockhttp/sock/array"
)

// readPicture returns a JPEG or PNG file as the array that a sockserver takes.
func readPicture(name string) (header array.Header, elements []byte, err error) {
	file, err := os.Open(name)
	if err != nil {
		return header, nil, fmt.Errorf("cannot open the picture %q: %w", name, command.Reason(err))
	}
	defer file.Close()
	picture, _, err := image.Decode(file)
	if err != nil {
		return header, nil, fmt.Errorf("cannot decode the picture %q: %w; give a JPEG or PNG file", name, err)
	}
	header, elements = array.FromImage(picture)
	if len(elements) > array.MaxBytes {
		return header, nil, fmt.Errorf("the picture %q has %d bytes when decoded, and a sockserver takes %d; make it smaller", name, len(elements), array.MaxBytes)
	}
	return header, elements, nil
}
