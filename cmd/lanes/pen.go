package lanes

import (
	"fmt"
	"strings"
	"time"

	"sockhttp/sock/trace"
)

// How wide what takes no time is drawn, in pixels.
const (
	callbackWidth = 2.0
	pollWidth     = 4.0
	routineWidth  = 9.0
	wroteWidth    = 10.0
	markWidth     = 9.0
	gap           = 2.0
	charWidth     = 6.4   // of a label's character, about
	boldWidth     = 7.6   // and of one in bold
	mostPushed    = 100.0 // what happens at once is drawn side by side, so far from its time at most
)

// A pen draws the items of a lane, from left to right. What happens at the same
// time is drawn side by side, in its order. What would get too far from its time
// that way is drawn as a crowd.
type pen struct {
	*drawing
	history  *History
	top      float64
	listener float64 // where the listener's lane has its lower edge; 0 without one
	free     float64 // what is left of it is taken
	labels   float64 // and for labels

	pushed   strings.Builder // what is drawn since something was at its own time
	begun    item            // all of that as one
	labelled float64         // labels, before
	crowd    bool
}

func (p *pen) item(it *item) {
	x := p.x(it.from)
	if x >= p.free {
		p.flush()
		p.begun, p.labelled = item{from: it.from}, p.labels
	}
	p.begun.to, p.begun.lines = max(p.begun.to, it.from), p.begun.lines.join(it.lines)
	if p.crowd = p.crowd || p.free-x > mostPushed; p.crowd {
		p.free = max(p.x(p.begun.to), p.x(p.begun.from)+mostPushed/4)
		return
	}
	p.draw(it)
}

// flush ends what is drawn side by side.
func (p *pen) flush() {
	if !p.crowd {
		p.WriteString(p.pushed.String())
	} else {
		it := &p.begun
		it.label = fmt.Sprintf("%d lines", it.lines.count())
		p.pushed.Reset()
		p.labels = p.labelled
		x := p.x(it.from)
		p.element(it, p.summary(it), p.bar("crowd", x, p.free-x), p.label(x, it.label, ""))
		p.crowded = true
		p.WriteString(p.pushed.String())
	}
	p.pushed.Reset()
	p.crowd = false
}

// room takes width pixels, at the earliest at a time, and returns where they
// begin.
func (p *pen) room(at time.Duration, width float64) float64 {
	x := max(p.x(at), p.free)
	p.free = x + width + gap
	return x
}

// span takes the pixels from one time to another, and width at least.
func (p *pen) span(it *item, width float64) (x, w float64) {
	x = max(p.x(it.from), p.free)
	w = max(p.x(it.to)-x, width)
	if p.free = x + w; it.from == it.to || w == width {
		p.free += gap
	}
	return x, w
}

func (p *pen) draw(it *item) {
	y := p.top + barMiddle
	switch it.kind {
	case callback:
		x := p.room(it.from, callbackWidth)
		p.element(it, p.told(it), rect("callback", x, p.top+barTop-4, callbackWidth, barHeight+8))
	case empty:
		x, w := p.span(it, pollWidth)
		p.element(it, p.told(it), p.bar("poll", x, w))
	case found:
		x, w := p.span(it, pollWidth)
		p.element(it, p.told(it), p.bar("poll", x, w), p.bar("found", x+w-pollWidth, pollWidth))
	case idle:
		x, w := p.span(it, 2*pollWidth)
		bars := p.polls(it, x)
		if bars == "" {
			bars = p.bar("idle", x, w)
		}
		under := path("under", "M%.1f %.1fv3H%.1fv-3", x, p.top+barTop+barHeight+2, x+w)
		p.element(it, p.summary(it), bars, under, p.label(x, it.label, ""))
	case set:
		p.element(it, p.told(it), p.arrow(max(p.x(it.from), p.free-gap), it))
	case accepted:
		x := p.room(it.from, 6)
		if p.listener > 0 {
			p.pushed.WriteString(path("link", "M%.1f %.1fL%.1f %.1f", p.x(it.from), p.listener, x, y) + "\n")
		}
		p.element(it, p.told(it), circle("accepted", x, y, 4))
	case routine:
		x, w := p.span(it, routineWidth)
		p.element(it, p.told(it), p.bar("routine", x, w))
	case wrote:
		x := p.room(it.from, wroteWidth)
		p.element(it, p.told(it), path("wrote", "M%.1f %.1fh8m-4 -4l4 4l-4 4", x+1, y))
	case replied:
		p.element(it, p.told(it), p.label(max(p.x(it.from), p.free-3*markWidth), it.label, "reply"))
	case freed:
		x := p.room(it.from, markWidth)
		p.element(it, p.told(it), circle("freed", x+4.5, y, 3.5))
	case closed:
		x := p.room(it.from, markWidth)
		p.element(it, p.told(it), path("closed", "M%.1f %.1fl7 7m0 -7l-7 7", x+1, y-3.5))
	case trouble:
		x := p.room(it.from, markWidth)
		p.element(it, p.told(it), path("trouble", "M%.1f %.1fl4.5 8h-9zm0 3v2", x+4.5, y-4.5), p.label(x, it.label, ""))
	}
}

// polls draws the polls of idle callbacks, as far as they can be told apart.
func (p *pen) polls(it *item, left float64) string {
	var bars strings.Builder
	for _, run := range it.lines {
		for i := run[0]; i < run[1]; i++ {
			if p.history.Events[i].Kind != trace.PollBegun {
				continue
			}
			from, to := max(p.x(p.history.at(i)), left), p.x(p.history.at(i+1))
			if to-from > 3 {
				fmt.Fprintf(&bars, "M%.1f %.1fH%.1fv%dH%.1fz", from, p.top+barTop, to-1.5, barHeight, from)
				left = to
			}
		}
	}
	if bars.Len() == 0 {
		return ""
	}
	return path("poll", "%s", bars.String())
}

// arrow is an arrow from x to where a callback that is set is due.
func (p *pen) arrow(x float64, it *item) string {
	y := p.top + barTop - 5
	to := max(p.x(it.to), x+6)
	peak := y - min(16, 5+(to-x)/8)
	head := "m-5 -2.5l5 2.5l1 -5.5"
	if it.to > p.drawing.to || to-x < 12 {
		head = "" // it leads out of the picture, or has no room for one
	}
	return path("set", "M%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1f%s", x, y, x+2, peak, to-3, peak, to, y, head)
}

func (p *pen) bar(class string, x, w float64) string {
	return rect(class, x, p.top+barTop, w, barHeight)
}

// label is a label below the lane, from x on or, at the right edge, before it;
// empty if there is no room.
func (p *pen) label(x float64, text, class string) string {
	width := charWidth * float64(len(text))
	if class == "reply" {
		width = boldWidth * float64(len(text))
	}
	x = min(x, p.width-4-width)
	if x < p.labels {
		return ""
	}
	p.labels = x + width + 6
	return fmt.Sprintf(`<text class="halo %s" x="%.1f" y="%.1f">%s</text>`, class, x, p.top+barTop+barHeight+15, escape(text))
}

// element draws shapes that stand for the lines of an item.
func (p *pen) element(it *item, title string, shapes ...string) {
	var runs []string
	for _, run := range it.lines {
		if run[0] == run[1] {
			runs = append(runs, fmt.Sprint(run[0]+1))
		} else {
			runs = append(runs, fmt.Sprintf("%d-%d", run[0]+1, run[1]+1))
		}
	}
	fmt.Fprintf(&p.pushed, "<g data-line=%q><title>%s</title>%s</g>\n", strings.Join(runs, " "), escape(title), strings.Join(shapes, ""))
}

// told is what the timeline says of an item.
func (p *pen) told(it *item) string {
	var text []string
	for _, run := range it.lines {
		for i := run[0]; i <= run[1]; i++ {
			text = append(text, strings.TrimSpace(p.history.line(i)))
		}
	}
	return strings.Join(text, "\n")
}

// summary is what it says of many lines.
func (p *pen) summary(it *item) string {
	return fmt.Sprintf("%s, from %.6f to %.6f", it.label, it.from.Seconds(), it.to.Seconds())
}
