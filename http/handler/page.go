package handler

import (
	"fmt"
	"html"
	"io/fs"
	"net/url"
	"strings"
)

// A row is a name in a listing.
type row struct {
	name, lower string // as it is, and in small letters to sort by
	isDir       bool
	html        string
}

func newRow(name string, info fs.FileInfo) row {
	if info.IsDir() {
		name += "/"
	}
	link := url.URL{Path: "./" + name}
	size := ""
	if !info.IsDir() {
		size = fmt.Sprintf(`<span title="%d bytes">%s</span>`, info.Size(), roundSize(info.Size()))
	}
	return row{name: name, lower: strings.ToLower(name), isDir: info.IsDir(), html: `<tr><td><a href="` + html.EscapeString(link.String()) + `">` + html.EscapeString(name) + "</a></td><td>" +
		size + "</td><td>" + info.ModTime().Local().Format("2006-01-02 15:04") + "</td></tr>\n"}
}

const pageBegin = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>%[1]s</title>
<style>
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 50rem; margin: 1rem auto; padding: 0 1rem; }
h1 { font-size: 1.2rem; overflow-wrap: anywhere; }
table { width: 100%%; border-collapse: collapse; }
td { padding: .3rem 0 .3rem 1rem; border-top: 1px solid #8884; white-space: nowrap; font-variant-numeric: tabular-nums; text-align: right; }
td:first-child { padding-left: 0; width: 100%%; white-space: normal; overflow-wrap: anywhere; text-align: left; }
a { text-decoration: none; }
a:hover { text-decoration: underline; }
@media (max-width: 30rem) { td:last-child { display: none; } }
</style>
<h1>%[1]s</h1>
<table>
`

const pageParent = `<tr><td><a href="../">../</a></td><td></td><td></td></tr>
`

// newPage is the page before its rows, with room for the rest.
func (l *listing) newPage() []byte {
	begin := fmt.Sprintf(pageBegin, html.EscapeString(l.path()))
	if l.name != "/" {
		begin += pageParent
	}
	size := len(begin) + len(l.pageEnd())
	for _, row := range l.rows {
		size += len(row.html)
	}
	return append(make([]byte, 0, size), begin...)
}

// pageEnd is the page after its rows.
func (l *listing) pageEnd() string {
	note := ""
	switch {
	case l.more:
		note = fmt.Sprintf("<p>The folder has more names than the %d shown. One that is missing here can still be asked for.</p>\n", len(l.rows))
	case len(l.rows) == 0:
		note = "<p>The folder is empty.</p>\n"
	}
	return "</table>\n" + note + "</html>\n"
}

// roundSize is a size in the unit that needs at most three digits before the
// point.
func roundSize(bytes int64) string {
	if bytes < 1000 {
		return fmt.Sprintf("%d B", bytes)
	}
	size, unit := float64(bytes)/1000, 0
	const units = "kMGTPE"
	for ; size >= 999.5; unit++ {
		size /= 1000
	}
	if size < 9.95 {
		return fmt.Sprintf("%.1f %cB", size, units[unit])
	}
	return fmt.Sprintf("%.0f %cB", size, units[unit])
}
