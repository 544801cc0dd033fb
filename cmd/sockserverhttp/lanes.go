package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"sockhttp/cmd/command"
	"sockhttp/cmd/lanes"
)

// printLanes prints timelines as a picture, the first one above.
func printLanes(files []string, stdout io.Writer) error {
	var p lanes.Picture
	for _, file := range files {
		h, err := readTimeline(file)
		if err != nil {
			return err
		}
		p.Histories = append(p.Histories, h)
	}
	_, err := io.WriteString(stdout, p.SVG())
	return err
}

// readTimeline reads a file, or stdin if its name is -.
func readTimeline(file string) (lanes.History, error) {
	read, name := os.ReadFile, strings.TrimSuffix(filepath.Base(file), ".txt")
	if file == "-" {
		read, name = func(string) ([]byte, error) { return io.ReadAll(os.Stdin) }, ""
	}
	text, err := read(file)
	if err != nil {
		return lanes.History{}, fmt.Errorf("cannot read the timeline %q: %w", file, command.Reason(err))
	}
	h, err := lanes.Parse(name, string(text))
	if err != nil {
		return lanes.History{}, fmt.Errorf("%q is not a timeline: %w", file, err)
	}
	return h, nil
}
