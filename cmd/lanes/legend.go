package lanes

// legend draws what the signs mean, from y down, and returns where it ends.
func (d *drawing) legend(y float64) float64 {
	const row, barAt = 24, 4
	signs := []struct {
		name  string
		width float64
		draw  func(x, y float64) string
	}{
		{"callback", 2, func(x, y float64) string { return rect("callback", x, y-9, callbackWidth, 18) }},
		{"poll, as long as it waits", 26, func(x, y float64) string { return rect("poll", x, y-6, 26, 12) }},
		{"poll that found something", 26, func(x, y float64) string {
			return rect("poll", x, y-6, 26, 12) + rect("found", x+26-pollWidth, y-6, pollWidth, 12)
		}},
		{"client accepted", 8, func(x, y float64) string { return circle("accepted", x+4, y, 4) }},
		{"routine", routineWidth, func(x, y float64) string { return rect("routine", x, y-6, routineWidth, 12) }},
		{"bytes written", 10, func(x, y float64) string { return path("wrote", "M%.1f %.1fh8m-4 -4l4 4l-4 4", x+1, y) }},
		{"set: from now to when", 30, func(x, y float64) string {
			return path("set", "M%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1fm-5 -2.5l5 2.5l1 -5.5", x, y+4, x+2, y-9, x+27, y-9, x+30, y+4)
		}},
		{"unit freed", 8, func(x, y float64) string { return circle("freed", x+4, y, 3.5) }},
		{"connection closed", 8, func(x, y float64) string { return path("closed", "M%.1f %.1fl7 7m0 -7l-7 7", x, y-3.5) }},
		{"more than there is room for", 26, func(x, y float64) string { return rect("crowd", x, y-6, 26, 12) }},
	}
	if !d.crowded {
		signs = signs[:len(signs)-1]
	}
	x := d.left
	y += 16
	for _, s := range signs {
		width := s.width + 7 + charWidth*float64(len(s.name)) + 18
		if x > d.left && x+width > d.width {
			x, y = d.left, y+row
		}
		d.WriteString(s.draw(x, y-barAt) + "\n")
		d.text(x+s.width+7, y, "", s.name)
		x += width
	}
	return y + 14
}
