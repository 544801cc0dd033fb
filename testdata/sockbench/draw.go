package main

import (
	"fmt"
	"io"
	"math"
	"strings"
	"time"
)

// Drawing: two panels, both axes logarithmic, in plain SVG.

const (
	panelWidth, panelHeight    = 300, 260
	left, top, between, bottom = 62, 40, 78, 74
)

var colours = []string{"#c2571a", "#1f6fb2"} // of the paces

// A panel maps decades to pixels.
type panel struct {
	x       float64 // of its left edge
	low     float64 // the value at its bottom
	decades float64
}

// at is the place of a value at an interval; values outside are at the edge.
func (p panel) at(interval time.Duration, value float64) (x, y float64) {
	part := math.Log10(max(value, p.low)/p.low) / p.decades
	return p.x + panelWidth*math.Log10(milliseconds(interval))/3, top + panelHeight*(1-min(part, 1))
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// draw draws the points of each pace.
func draw(w io.Writer, points [][]point) error {
	var s strings.Builder
	width, height := left+2*panelWidth+between+20, top+panelHeight+bottom
	fmt.Fprintf(&s, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" font-family="sans-serif" font-size="12">`+"\n", width, height, width, height)
	fmt.Fprintf(&s, `<rect width="%d" height="%d" fill="white"/>`+"\n", width, height)

	latency := panel{left, 0.1, 5}
	processor := panel{left + panelWidth + between, 0.01, 4}
	latency.frame(&s, "a reply after, ms", []string{"0.1", "1", "10", "100", "1000", "10000"})
	processor.frame(&s, fmt.Sprintf("%% of a processor, with %d idle clients", idleClients), []string{"0.01", "0.1", "1", "10", "100"})

	mean := func(d time.Duration) time.Duration { m, _, _ := model(d); return m }
	worst := func(d time.Duration) time.Duration { _, m, _ := model(d); return m }
	latency.model(&s, mean, "")
	latency.model(&s, worst, "4 3")
	for i, colour := range colours {
		for _, p := range points[i] {
			x, y := latency.at(p.interval, milliseconds(p.mean))
			fmt.Fprintf(&s, `<circle cx="%.1f" cy="%.1f" r="4" fill="%s"/>`+"\n", x, y, colour)
			x, y = latency.at(p.interval, milliseconds(p.worst))
			fmt.Fprintf(&s, `<circle cx="%.1f" cy="%.1f" r="4" fill="white" stroke="%s" stroke-width="1.5"/>`+"\n", x, y, colour)
			x, y = processor.at(p.interval, p.percent)
			fmt.Fprintf(&s, `<circle cx="%.1f" cy="%.1f" r="4" fill="%s"/>`+"\n", x, y, colour)
		}
	}

	y := top + panelHeight + 58
	x := left
	for _, key := range []struct{ mark, text string }{
		{`<circle cx="%d" cy="%d" r="4" fill="` + colours[0] + `"/>`, "as posted"},
		{`<circle cx="%d" cy="%d" r="4" fill="` + colours[1] + `"/>`, "eager"},
		{`<circle cx="%d" cy="%d" r="4" fill="white" stroke="#555" stroke-width="1.5"/>`, "the worst"},
		{`<path d="M%d %dm-10 0h20" stroke="` + colours[0] + `"/>`, "as posted, the model’s mean"},
		{`<path d="M%d %dm-10 0h20" stroke="` + colours[0] + `" stroke-dasharray="4 3"/>`, "its worst"},
	} {
		fmt.Fprintf(&s, key.mark+`<text x="%d" y="%d">%s</text>`+"\n", x, y-4, x+14, y, key.text)
		x += 62 + 7*len(key.text)
	}
	s.WriteString("</svg>\n")
	_, err := io.WriteString(w, s.String())
	return err
}

// frame draws the axes: what is drawn, and a label for each decade of it.
func (p panel) frame(s *strings.Builder, title string, decades []string) {
	fmt.Fprintf(s, `<text x="%.0f" y="%d" font-weight="bold">%s</text>`+"\n", p.x, top-16, title)
	line := func(x1, y1, x2, y2 float64) {
		fmt.Fprintf(s, `<path d="M%.1f %.1fL%.1f %.1f" stroke="#ddd"/>`+"\n", x1, y1, x2, y2)
	}
	for i, label := range decades {
		y := top + panelHeight*(1-float64(i)/p.decades)
		line(p.x, y, p.x+panelWidth, y)
		fmt.Fprintf(s, `<text x="%.1f" y="%.1f" text-anchor="end">%s</text>`+"\n", p.x-8, y+4, label)
	}
	for i, label := range []string{"1 ms", "10 ms", "100 ms", "1 s"} {
		x := p.x + panelWidth*float64(i)/3
		line(x, top, x, top+panelHeight)
		fmt.Fprintf(s, `<text x="%.1f" y="%d" text-anchor="middle">%s</text>`+"\n", x, top+panelHeight+18, label)
	}
	fmt.Fprintf(s, `<text x="%.1f" y="%d" text-anchor="middle">interval of the callbacks</text>`+"\n", p.x+panelWidth/2, top+panelHeight+36)
}

// model draws what latency must be at each interval.
func (p panel) model(s *strings.Builder, latency func(time.Duration) time.Duration, dashes string) {
	x1, y1 := p.at(time.Millisecond, milliseconds(latency(time.Millisecond)))
	x2, y2 := p.at(time.Second, milliseconds(latency(time.Second)))
	fmt.Fprintf(s, `<path d="M%.1f %.1fL%.1f %.1f" stroke="%s" stroke-dasharray="%s"/>`+"\n", x1, y1, x2, y2, colours[0], dashes)
}
