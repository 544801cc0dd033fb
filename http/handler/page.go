package handler

import (
	"fmt"
	"html"
	"io/fs"
	"strconv"
	"strings"
)

// A row is a name in a listing.
type row struct {
	name, lower string // as it is shown, and in small letters to sort by
	isDir       bool
	html        []byte
}

// rowsHeld is how many bytes the rows have that are held in one piece.
const rowsHeld = 64 << 10

// appendRow adds a row. Its info is nil if the name is listed alone.
func (l *listing) appendRow(name string, isDir bool, info fs.FileInfo) {
	if isDir {
		name += "/"
	}
	if most := 200 + 8*len(name); cap(l.html)-len(l.html) < most {
		l.html = make([]byte, 0, max(most, rowsHeld))
	}
	b := l.html[len(l.html):]
	b = append(b, `<tr><td><a href="./`...)
	b = appendLink(b, name)
	b = append(b, `">`...)
	b = appendText(b, name)
	b = append(b, "</a></td>"...)
	if info != nil {
		b = append(b, "<td>"...)
		if !isDir {
			b = append(b, `<span title="`...)
			b = strconv.AppendInt(b, info.Size(), 10)
			b = append(b, ` bytes">`...)
			b = append(b, roundSize(info.Size())...)
			b = append(b, "</span>"...)
		}
		b = append(b, "</td><td>"...)
		b = info.ModTime().Local().AppendFormat(b, "2006-01-02 15:04")
		b = append(b, "</td>"...)
	}
	b = append(b, "</tr>\n"...)
	l.html = l.html[:len(l.html)+len(b)]
	l.rows = append(l.rows, row{name: name, lower: strings.ToLower(name), isDir: isDir, html: b})
}

// appendText appends text as html.EscapeString has it.
func appendText(b []byte, text string) []byte {
	from := 0
	for i := range len(text) {
		escape := ""
		switch text[i] {
		case '&':
			escape = "&amp;"
		case '<':
			escape = "&lt;"
		case '>':
			escape = "&gt;"
		case '"':
			escape = "&#34;"
		case '\'':
			escape = "&#39;"
		default:
			continue
		}
		b = append(append(b, text[from:i]...), escape...)
		from = i + 1
	}
	return append(b, text[from:]...)
}

// appendLink appends a path as it stands in HTML that links to it: as the String
// of a url.URL has it, and then as text.
func appendLink(b []byte, path string) []byte {
	for i := range len(path) {
		switch c := path[i]; {
		case c == '&':
			b = append(b, "&amp;"...)
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-_.~$+,/:;=@", c) >= 0:
			b = append(b, c)
		default:
			const digits = "0123456789ABCDEF"
			b = append(b, '%', digits[c>>4], digits[c&15])
		}
	}
	return b
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
@media (max-width: 30rem) { td:nth-child(3) { display: none; } }
</style>
<h1>%[1]s</h1>
<table>
`

const pageParent = `<tr><td colspan="3"><a href="../">../</a></td></tr>
`

// pageHeld is how many bytes of a page are held in one piece. To make room for all
// of a long page at once takes longer than others should wait.
const pageHeld = 256 << 10

// beginPage makes the page before its rows.
func (l *listing) beginPage() {
	begin := fmt.Sprintf(pageBegin, html.EscapeString(l.path()))
	if l.name != "/" {
		begin += pageParent
	}
	l.left = len(begin) + len(l.pageEnd())
	for _, row := range l.rows {
		l.left += len(row.html)
	}
	l.appendPage([]byte(begin))
}

// appendPage adds what comes next to the page.
func (l *listing) appendPage(html []byte) {
	last := len(l.page) - 1
	if last < 0 || cap(l.page[last])-len(l.page[last]) < len(html) {
		l.page = append(l.page, make([]byte, 0, max(len(html), min(l.left, pageHeld))))
		last++
	}
	l.page[last] = append(l.page[last], html...)
	l.left -= len(html)
}

// pageEnd is the page after its rows.
func (l *listing) pageEnd() string {
	note := ""
	switch {
	case len(l.rows) == 0:
		note = "<p>The folder is empty.</p>\n"
	case l.isBare:
		note = fmt.Sprintf("<p>Sizes and times are not shown, for the folder has more than %d names.</p>\n", maxSized)
	}
	if l.more {
		note += fmt.Sprintf("<p>The folder has more names than the %d shown. One that is missing here can still be asked for.</p>\n", len(l.rows))
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
