package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"sockhttp/cmd/command"
)

// A bar shows progress in one line of a terminal. Where there is no terminal, it
// shows nothing.
type bar struct {
	to    io.Writer
	name  string
	on    bool
	shown time.Time
	last  string
}

const (
	barWidth = 30
	barEvery = 50 * time.Millisecond
)

func newBar(to io.Writer, name string) *bar {
	return &bar{to: to, name: name, on: command.IsTerminal(to)}
}

// show draws the bar, though not too often.
func (b *bar) show(come, of int64) {
	if !b.on || come < of && time.Since(b.shown) < barEvery {
		return
	}
	b.shown = time.Now()
	if line := b.line(come, of); line != b.last {
		b.last = line
		fmt.Fprintf(b.to, "\r%s\x1b[K", line)
	}
}

func (b *bar) line(come, of int64) string {
	part := 1.0
	if of > 0 {
		part = float64(come) / float64(of)
	}
	full := int(part * barWidth)
	return fmt.Sprintf("%s [%s%s] %3.0f%% of %.1f MB", b.name, strings.Repeat("=", full), strings.Repeat(" ", barWidth-full), 100*part, float64(of)/1e6)
}

// end ends the line, if there is one.
func (b *bar) end() {
	if b.last != "" {
		fmt.Fprintln(b.to)
	}
}
