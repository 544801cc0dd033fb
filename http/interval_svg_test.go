package http_test

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// The picture's measures in pixels. Both plots have the same ones, and all their
// axes are logarithmic with three decades of the same length, so that what is
// proportional to the interval is a diagonal.
const (
	svgWidth, svgHeight = 760, 544

	plotTop    = 84
	decade     = 90
	margin     = 52 // of a plot, above and below its decades
	plotWidth  = 3 * decade
	plotBottom = decadesBottom + margin

	limitRow      = plotTop + 20 // where what has no limit is
	decadesBottom = plotTop + margin + 3*decade
	zeroRow       = plotBottom - 18 // where 0 is, which no decade reaches
)

// The colours are those of GitHub's pages, where the README is read.
const svgHead = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %[1]d %[2]d" width="%[1]d" height="%[2]d" role="img" aria-labelledby="title">
<title id="title">How long a reply takes, and how many clients are answered in a second, at intervals from 1 ms to 1 s</title>
<style>
text { font: 13px system-ui, sans-serif; fill: #59636e; stroke: #ffffff; stroke-width: 4px; paint-order: stroke; font-variant-numeric: tabular-nums }
.title { font-size: 15px; font-weight: 600; fill: #1f2328 }
.value { font-weight: 600; fill: #b35900 }
.posted { fill: #b35900 }
.eager { fill: #0969da }
.right { text-anchor: end }
.middle { text-anchor: middle }
path { fill: none; stroke: #e4e8ec }
.post { stroke: #59636e; stroke-dasharray: 2 4 }
.predicted { stroke: #b35900; stroke-width: 1.5px }
.limit { stroke: #0969da; stroke-width: 1.5px; stroke-dasharray: 6 4 }
circle.worst { fill: #ffffff; stroke: #b35900; stroke-width: 1.5px }
.paper { fill: #ffffff }
@media (prefers-color-scheme: dark) {
text { fill: #9198a1; stroke: #0d1117 }
.title { fill: #f0f6fc }
.value, .posted { fill: #f0883e }
.eager { fill: #58a6ff }
path { stroke: #262c33 }
.post { stroke: #9198a1 }
.predicted { stroke: #f0883e }
.limit { stroke: #58a6ff }
circle.worst { fill: #0d1117; stroke: #f0883e }
.paper { fill: #0d1117 }
}
</style>
<rect class="paper" width="%[1]d" height="%[2]d"/>
`

// drawIntervals draws the measurements of both paces, and in lines what the
// interval predicts.
func drawIntervals(posted, eager []measurement) string {
	d := new(drawing)
	fmt.Fprintf(d, svgHead, svgWidth, svgHeight)

	delays := plot{d, 72}
	delays.frame("Time to a reply", "for a client that comes alone", "1 ms", "10 ms", "100 ms", "1 s")
	d.text(delays.left-10, zeroRow+4, "right", "0")
	d.line("predicted", delays.left, delays.y(1.25), delays.right(), delays.y(1250))
	d.line("predicted", delays.left, delays.y(2), delays.right(), delays.y(2000))
	for i, m := range posted {
		x, mean, worst := delays.x(m.interval), milliseconds(m.mean), milliseconds(m.worst)
		d.circle("posted", x, delays.y(mean))
		d.circle("worst", x, delays.y(worst))
		if eager[i].worst == 0 {
			d.circle("eager", x, zeroRow)
		}
		if m.interval == 100*ms {
			d.text(x-9, delays.y(worst)-7, "value right", fmt.Sprintf("%g ms", worst))
			d.text(x+10, delays.y(mean)+15, "value", fmt.Sprintf("%g ms", mean))
		}
	}
	d.text(delays.left+14, plotTop+26, "posted", "posted pace")
	d.circle("worst", delays.left+20, plotTop+44)
	d.text(delays.left+32, plotTop+48, "", "worst, 2 T")
	d.circle("posted", delays.left+20, plotTop+66)
	d.text(delays.left+32, plotTop+70, "", "mean, 1.25 T")
	d.text(delays.left+14, zeroRow-12, "eager", "eager pace: at once")

	rates := plot{d, 462}
	rates.frame("Clients answered in a second", "while more are always waiting", "1", "10", "100", "1000")
	d.line("predicted", rates.left, rates.y(1000), rates.right(), rates.y(1))
	d.line("limit", rates.left, limitRow, rates.right(), limitRow)
	for _, m := range posted {
		x, rate := rates.x(m.interval), float64(time.Second)/float64(m.spacing)
		d.circle("posted", x, rates.y(rate))
		if m.interval == 100*ms {
			d.text(x+10, rates.y(rate)-6, "value", fmt.Sprint(rate))
		}
	}
	d.text(rates.left+14, limitRow+20, "eager", "eager pace: limited by the processor")
	d.text(rates.left+14, rates.y(20), "posted", "posted pace: 1/T")

	d.text(delays.left, svgHeight-14, "", "Points are simulated, solid lines are calculated.")
	d.WriteString("</svg>\n")
	return d.String()
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(ms) }

// A plot is one pair of axes, of which left is the vertical one.
type plot struct {
	*drawing
	left float64
}

func (p plot) right() float64 { return p.left + plotWidth }

// x is where an interval is. The axis begins at 1 ms.
func (p plot) x(interval time.Duration) float64 {
	return p.left + decade*math.Log10(milliseconds(interval))
}

// y is where a value is. The axis begins at 1.
func (p plot) y(value float64) float64 { return decadesBottom - decade*math.Log10(value) }

// frame draws the axes, and what is drawn in them. The vertical axis has a label
// for each power of ten, from 1.
func (p plot) frame(title, subtitle string, labels ...string) {
	p.text(p.left, 26, "title", title)
	p.text(p.left, 46, "", subtitle)
	for i, label := range labels {
		y := p.y(math.Pow10(i))
		p.line("grid", p.left, y, p.right(), y)
		p.text(p.left-10, y+4, "right", label)
	}
	for i, label := range []string{"1 ms", "10 ms", "100 ms", "1 s"} {
		x := p.left + decade*float64(i)
		p.line("grid", x, plotTop, x, plotBottom)
		p.text(x, plotBottom+18, "middle", label)
	}
	post := p.x(100 * ms)
	p.line("post", post, plotTop, post, plotBottom)
	p.text(post, plotTop-6, "middle", "the post")
	p.text(p.left+plotWidth/2, plotBottom+38, "middle", "interval T of the callbacks")
}

// A drawing is the text of an SVG.
type drawing struct{ strings.Builder }

func (d *drawing) text(x, y float64, class, text string) {
	fmt.Fprintf(d, "<text class=%q x=\"%.1f\" y=\"%.1f\">%s</text>\n", class, x, y, text)
}

func (d *drawing) line(class string, x1, y1, x2, y2 float64) {
	fmt.Fprintf(d, "<path class=%q d=\"M%.1f %.1fL%.1f %.1f\"/>\n", class, x1, y1, x2, y2)
}

func (d *drawing) circle(class string, x, y float64) {
	fmt.Fprintf(d, "<circle class=%q cx=\"%.1f\" cy=\"%.1f\" r=\"4\"/>\n", class, x, y)
}
