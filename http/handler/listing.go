package handler

import (
	"cmp"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	nethttp "net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"sockhttp/http"
)

// maxListed is how many names of a directory are listed at most. To read more
// would hold up every client.
const maxListed = 5000

// A listing is a page that lists a directory.
type listing struct {
	Path    string
	Parent  bool // there is a directory above this one
	Entries []entry
	More    bool // the directory has more than these
}

type entry struct {
	Name, Link string
	IsDir      bool
	Bytes      int64
	Time       time.Time
}

// readListing lists the directory that is open, whose name in t this is. If that
// fails it returns what the client is told.
func readListing(t tree, name string, directory *os.File) (*listing, *http.StatusError) {
	found, err := directory.ReadDir(maxListed + 1)
	if err == io.EOF {
		err = nil
	}
	var within *os.Root // looks up a name at once, however deep the directory is
	if err == nil {
		within, err = t.openRoot(name)
	}
	if err != nil {
		refused := http.FileError(err)
		if refused.Status == nethttp.StatusNotFound {
			refused = &http.StatusError{Status: nethttp.StatusInternalServerError, Detail: "the folder cannot be read; try again later, or see to it on the server"}
		}
		return nil, refused
	}
	defer within.Close()

	l := &listing{Path: strings.TrimSuffix(name, "/") + "/", Parent: name != "/", More: len(found) > maxListed}
	for _, f := range found[:min(len(found), maxListed)] {
		if _, err := t.local(l.Path + f.Name()); err != nil {
			continue
		}
		info, err := within.Lstat(f.Name())
		if err == nil && info.Mode()&fs.ModeSymlink != 0 {
			info, err = t.stat(l.Path + f.Name())
		}
		if err != nil || !http.IsServable(info) {
			continue
		}
		e := entry{Name: f.Name(), IsDir: info.IsDir(), Bytes: info.Size(), Time: info.ModTime()}
		if e.IsDir {
			e.Name += "/"
		}
		e.Link = (&url.URL{Path: "./" + e.Name}).String()
		l.Entries = append(l.Entries, e)
	}
	slices.SortFunc(l.Entries, func(a, b entry) int {
		if a.IsDir != b.IsDir {
			if a.IsDir {
				return -1
			}
			return 1
		}
		return cmp.Or(strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), strings.Compare(a.Name, b.Name))
	})
	return l, nil
}

// serve answers with the page, which may have no scripts, whatever a file is
// called.
func (l *listing) serve(w nethttp.ResponseWriter) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	listingPage.Execute(w, l)
}

var listingPage = template.Must(template.New("listing").Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{.Path}}</title>
<style>
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 50rem; margin: 1rem auto; padding: 0 1rem; }
h1 { font-size: 1.2rem; overflow-wrap: anywhere; }
table { width: 100%; border-collapse: collapse; }
td { padding: .3rem 0 .3rem 1rem; border-top: 1px solid #8884; white-space: nowrap; font-variant-numeric: tabular-nums; text-align: right; }
td:first-child { padding-left: 0; width: 100%; white-space: normal; overflow-wrap: anywhere; text-align: left; }
a { text-decoration: none; }
a:hover { text-decoration: underline; }
@media (max-width: 30rem) { td:last-child { display: none; } }
</style>
<h1>{{.Path}}</h1>
<table>
{{if .Parent}}<tr><td><a href="../">../</a></td><td></td><td></td></tr>
{{end}}{{range .Entries}}<tr><td><a href="{{.Link}}">{{.Name}}</a></td><td>{{if not .IsDir}}<span title="{{.Bytes}} bytes">{{.Size}}</span>{{end}}</td><td>{{.Modified}}</td></tr>
{{end}}</table>
{{if .More}}<p>The folder has more names than the {{len .Entries}} shown. One that is missing here can still be asked for.</p>
{{else if not .Entries}}<p>The folder is empty.</p>
{{end}}</html>
`))

// Size is the file's, in the unit that needs at most three digits before the
// point.
func (e entry) Size() string {
	if e.Bytes < 1000 {
		return fmt.Sprintf("%d B", e.Bytes)
	}
	size, unit := float64(e.Bytes)/1000, 0
	const units = "kMGTPE"
	for ; size >= 999.5; unit++ {
		size /= 1000
	}
	if size < 9.95 {
		return fmt.Sprintf("%.1f %cB", size, units[unit])
	}
	return fmt.Sprintf("%.0f %cB", size, units[unit])
}

// Modified is the file's time, in the server's zone.
func (e entry) Modified() string { return e.Time.Local().Format("2006-01-02 15:04") }
