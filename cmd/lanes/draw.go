package lanes

import "fmt"

// history draws the lanes of one history from y down, and returns where they end.
func (d *drawing) history(h *History, number int, y float64, limit int) float64 {
	fmt.Fprintf(d, "<g data-history=\"%d\">\n", number)
	if h.Name != "" {
		d.text(d.left, y+15, "title", h.Name)
		y += titleHeight
	}
	lanes, left := lanesOf(h, limit, d.outside)
	for i, l := range lanes {
		top := y + float64(i)*laneHeight
		d.name(l, top)
		for _, live := range l.lives {
			d.life(live, top)
		}
	}
	for i, l := range lanes {
		p := &pen{drawing: d, history: h, top: y + float64(i)*laneHeight, free: d.left}
		if i > 0 && lanes[0].listens {
			p.listener = y + barTop + barHeight
		}
		for i := range l.items {
			p.item(&l.items[i])
		}
		p.flush()
	}
	y += float64(len(lanes)) * laneHeight
	if left > 0 {
		d.text(d.left, y+12, "", fmt.Sprintf("and %d more units", left))
		y += 20
	}
	d.WriteString("</g>\n")
	return y
}

// name writes a lane's unit, and who has it if there is room.
func (d *drawing) name(l *lane, top float64) {
	who := "client "
	switch {
	case d.left < labelsWidth:
		who = ""
	case l.listens:
		who = "listener "
	}
	fmt.Fprintf(d, "<text class=\"end\" x=\"%.1f\" y=\"%.1f\">%s<tspan class=\"unit\">%d</tspan></text>\n", d.left-10, top+barMiddle+4, who, l.lun)
}

// life draws for how long a unit is held, and for how long it then lingers.
func (d *drawing) life(live life, top float64) {
	if !live.ended {
		live.closed = d.to
	}
	if !live.isFree {
		live.freed = live.closed
	}
	if !d.outside(live.from, live.freed) {
		d.WriteString(rect("life", d.x(live.from), top+barTop, max(1, d.x(live.freed)-d.x(live.from)), barHeight) + "\n")
	}
	if live.isFree && !d.outside(live.freed, live.closed) {
		d.WriteString(rect("linger", d.x(live.freed), top+barTop+.5, max(1, d.x(live.closed)-d.x(live.freed)), barHeight-1) + "\n")
	}
}

func rect(class string, x, y, w, h float64) string {
	return fmt.Sprintf(`<rect class=%q x="%.1f" y="%.1f" width="%.1f" height="%.1f"/>`, class, x, y, w, h)
}

func path(class, format string, args ...any) string {
	return fmt.Sprintf(`<path class=%q d="`+format+`"/>`, append([]any{class}, args...)...)
}

func circle(class string, x, y, r float64) string {
	return fmt.Sprintf(`<circle class=%q cx="%.1f" cy="%.1f" r="%g"/>`, class, x, y, r)
}
