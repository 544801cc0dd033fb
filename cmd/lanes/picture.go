package lanes

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// A Picture is one or more histories above each other, on one axis of time.
type Picture struct {
	Histories []History

	// Width is in pixels, from 320 on. Zero is 900.
	Width int

	// From and To are the part that is shown, counted from the start. With
	// To at zero it ends where the last history does.
	From, To time.Duration

	// Bare leaves the style sheet out, for a page that has it already.
	Bare bool

	// MaxLanes is how many lanes each history has at most; the others are
	// counted. Zero is 40.
	MaxLanes int
}

// Measures, in pixels.
const (
	defaultWidth = 900
	minWidth     = 320
	laneHeight   = 58
	barTop       = 22 // of a lane, below its top: there is room for arrows
	barHeight    = 18
	barMiddle    = barTop + barHeight/2.0
	titleHeight  = 30
	axisHeight   = 30
	rightMargin  = 24
	labelsWidth  = 96 // of the lanes' names, left of the time
	narrow       = 560
	narrowLabels = 40
)

const defaultMaxLanes = 40

// SVG draws the picture. It is a whole document, light or dark as its reader
// prefers. What stands for lines of the timeline is an element with a title that
// says what they say, and with their numbers, from 1, in its attribute data-line,
// as in "3-4 7-8"; data-history, around it, is the number of the history, from 0.
// The outermost element has the part that is shown, in seconds, in data-from and
// data-to, and where that is, in pixels, in data-left and data-right; data-bottom is
// where the lanes end.
func (p Picture) SVG() string {
	d := &drawing{left: labelsWidth, width: float64(max(p.Width, minWidth)), from: p.From, to: p.To}
	if p.Width == 0 {
		d.width = defaultWidth
	}
	if d.width < narrow {
		d.left = narrowLabels
	}
	if d.to <= d.from {
		for i := range p.Histories {
			d.to = max(d.to, p.Histories[i].end())
		}
		d.to += max((d.to-d.from)/100, time.Microsecond) // so that the last event is seen
	}
	limit := p.MaxLanes
	if limit == 0 {
		limit = defaultMaxLanes
	}
	y := 12.0
	first := y
	for i := range p.Histories {
		if i > 0 {
			y += 10
		}
		y = d.history(&p.Histories[i], i, y, limit)
		if i == 0 && len(p.Histories) == 2 {
			y = d.differences(&p.Histories[0], &p.Histories[1], y)
		}
	}
	bottom := y
	y = d.axis(bottom)
	y = d.legend(y)

	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" class="lanes" viewBox="0 0 %.0f %.0f" width="%[1]g" height="%[2]g" role="img" aria-label="%s"`, d.width, y, p.title())
	fmt.Fprintf(&b, ` data-from="%g" data-to="%g" data-left="%g" data-right="%g" data-bottom="%g">`+"\n", d.from.Seconds(), d.to.Seconds(), d.left, d.right(), bottom)
	if !p.Bare {
		b.WriteString("<style>\n" + Style + "</style>\n")
	}
	fmt.Fprintf(&b, `<rect class="paper" width="%g" height="%g"/>`+"\n", d.width, y)
	b.WriteString(d.grid(first, bottom))
	b.WriteString(d.String())
	b.WriteString("</svg>\n")
	return b.String()
}

func (p Picture) title() string {
	var names []string
	for _, h := range p.Histories {
		if h.Name != "" {
			names = append(names, h.Name)
		}
	}
	title := "What a server did, one lane for each unit, time to the right"
	if len(names) > 0 {
		title += ": " + strings.Join(names, ", then ")
	}
	return escape(title)
}

// A drawing is what is drawn so far, and where a time is in it.
type drawing struct {
	strings.Builder
	left, width float64
	from, to    time.Duration
	crowded     bool // it has a crowd
}

func (d *drawing) right() float64 { return d.width - rightMargin }

// x is where a time is. What is outside of the picture's part is at its edges.
func (d *drawing) x(at time.Duration) float64 {
	x := d.left + (d.right()-d.left)*float64(at-d.from)/float64(d.to-d.from)
	return min(max(x, d.left), d.right())
}

func (d *drawing) outside(from, to time.Duration) bool { return to < d.from || from > d.to }

// step is the time from one line of the grid to the next: 1, 2 or 5 times a
// power of ten, with room for a label.
func (d *drawing) step() time.Duration {
	const room = 64
	least := float64(d.to-d.from) * room / (d.right() - d.left)
	step := math.Pow(10, math.Floor(math.Log10(least)))
	for _, times := range []float64{1, 2, 5} {
		if times*step >= least {
			return max(time.Duration(times*step), 1)
		}
	}
	return max(time.Duration(10*step), 1)
}

// ticks calls f with the times of the grid.
func (d *drawing) ticks(f func(at time.Duration)) {
	step := d.step()
	for at := (d.from + step - 1) / step * step; at <= d.to; at += step {
		f(at)
	}
}

func (d *drawing) grid(top, bottom float64) string {
	var b strings.Builder
	b.WriteString(`<path class="grid" d="`)
	d.ticks(func(at time.Duration) { fmt.Fprintf(&b, "M%.1f %.0fV%.0f", d.x(at), top, bottom) })
	b.WriteString(`"/>` + "\n")
	return b.String()
}

// axis writes the times below the lanes, in seconds.
func (d *drawing) axis(y float64) float64 {
	step := d.step().Seconds()
	decimals := max(0, int(math.Ceil(-math.Log10(step)-1e-9)))
	d.ticks(func(at time.Duration) {
		label := fmt.Sprintf("%.*f", decimals, at.Seconds())
		if at == d.from {
			label += " s"
		}
		d.text(d.x(at), y+17, "time middle", label)
	})
	return y + axisHeight
}

func (d *drawing) text(x, y float64, class, text string) {
	fmt.Fprintf(d, "<text class=%q x=\"%.1f\" y=\"%.1f\">%s</text>\n", class, x, y, escape(text))
}

// escape is text as it may stand in XML, in an element or an attribute.
func escape(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == '\ufffe' || r == '\uffff' {
			return '\ufffd' // XML has no way to write it
		}
		return r
	}, escaper.Replace(text))
}

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")
