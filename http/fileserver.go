package http

import (
	"cmp"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	nethttp "net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"
)

// maxListed is how many names of a folder a listing has at most: reading more
// would hold up every client.
const maxListed = 5000

// FileServer answers with the files of root, for [Routine], as the standard
// library's file server does: GET and HEAD, ranges, conditional requests, types
// by extension, index.html for its folder, redirects for folders. But
//
//   - only regular files and folders within root are ever opened. Names with
//     an element that begins with a period do not exist, unless dotfiles is set;
//   - a folder without index.html is listed with sizes and times, folders first,
//     and with 5000 names at most;
//   - several ranges at once of a file of more than 1 MiB are answered with all of
//     it;
//   - other methods are answered with 405, and refusals say what to do.
func FileServer(root *os.Root, dotfiles bool) nethttp.Handler {
	return &fileServer{root, dotfiles}
}

type fileServer struct {
	root     *os.Root
	dotfiles bool
}

func (s *fileServer) ServeHTTP(w nethttp.ResponseWriter, r *nethttp.Request) {
	if r.Method != nethttp.MethodGet && r.Method != nethttp.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		refuse(w, refusal{status: nethttp.StatusMethodNotAllowed, why: fmt.Sprintf("%q is not answered here; use GET or HEAD", r.Method)})
		return
	}
	asked := r.URL.Path
	if !strings.HasPrefix(asked, "/") {
		asked = "/" + asked
	}
	name, asFolder := path.Clean(asked), strings.HasSuffix(asked, "/")
	file, info, err := s.open(name)
	if err != nil {
		refuse(w, err)
		return
	}
	defer file.Close()
	switch {
	case strings.HasSuffix(asked, "/"+index):
		redirect(w, r, "./")
		return
	case info.IsDir() && !asFolder:
		redirect(w, r, path.Base(asked)+"/")
		return
	case !info.IsDir() && asFolder:
		redirect(w, r, "../"+path.Base(asked))
		return
	}
	if info.IsDir() {
		page, pageInfo, err := s.open(path.Join(name, index))
		switch {
		case err == error(notFound):
			s.list(w, name, file)
			return
		case err != nil:
			refuse(w, err)
			return
		}
		defer page.Close()
		if pageInfo.IsDir() {
			s.list(w, name, file)
			return
		}
		file, info = page, pageInfo
	}
	if info.Size() > manyRanges && strings.Contains(r.Header.Get("Range"), ",") {
		r.Header.Del("Range")
	}
	nethttp.ServeContent(w, r, info.Name(), info.ModTime(), file)
}

// manyRanges is how long a file may be of which several ranges are sent at once.
// They are held in memory; a client that asks for them must take the whole file,
// too (RFC 9110, section 14.2).
const manyRanges = 1 << 20

// index is the file that is sent in place of a listing.
const index = "index.html"

// refuse answers with a refusal.
func refuse(w nethttp.ResponseWriter, err error) {
	var r refusal
	errors.As(err, &r)
	nethttp.Error(w, r.Error(), r.status)
}

// redirect sends the client to an address that is relative to its own.
func redirect(w nethttp.ResponseWriter, r *nethttp.Request, to string) {
	u := url.URL{Path: to, RawQuery: r.URL.RawQuery}
	w.Header().Set("Location", u.String())
	w.WriteHeader(nethttp.StatusMovedPermanently)
}

// open opens a regular file or a folder by its path in an address, which begins
// with a slash. Its errors are refusals.
func (s *fileServer) open(name string) (*os.File, fs.FileInfo, error) {
	local, err := s.local(name)
	if err != nil {
		return nil, nil, notFound
	}
	file, info, err := openNow(s.root, local)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return nil, nil, refusal{status: nethttp.StatusForbidden, why: "the server is not allowed to read it; check the file's permissions"}
	case err != nil:
		return nil, nil, refusalOf(err)
	}
	return file, info, nil
}

func (s *fileServer) openRoot(name string) (*os.Root, error) {
	local, err := s.local(name)
	if err != nil {
		return nil, err
	}
	return s.root.OpenRoot(local)
}

// local is the path in the system's form. What is hidden has none.
func (s *fileServer) local(name string) (string, error) {
	if !s.dotfiles && (strings.Contains(name, "/.") || runtime.GOOS == "windows" && shortName.MatchString(name)) {
		return "", fs.ErrNotExist
	}
	return filepath.Localize(cmp.Or(strings.TrimPrefix(name, "/"), "."))
}

// shortName matches the second names that Windows gives to files, under which
// those could be had that begin with a period.
var shortName = regexp.MustCompile(`~[0-9]`)

// A listing is a page that lists a folder.
type listing struct {
	Path    string
	Parent  bool // there is a parent folder to go to
	Entries []entry
	More    bool // than these
}

type entry struct {
	Name, Link string
	Folder     bool
	Bytes      int64
	Time       time.Time
}

// list answers with a listing of the folder, whose path is name.
func (s *fileServer) list(w nethttp.ResponseWriter, name string, folder *os.File) {
	found, err := folder.ReadDir(maxListed + 1)
	if err == io.EOF {
		err = nil
	}
	var within *os.Root // where a name is found at once, however deep the folder is
	if err == nil {
		within, err = s.openRoot(name)
	}
	if err != nil {
		why := refusalOf(err)
		if why == notFound {
			why = refusal{status: nethttp.StatusInternalServerError, why: "the folder cannot be read; try again later, or see to it on the server"}
		}
		refuse(w, why)
		return
	}
	defer within.Close()
	l := &listing{Path: strings.TrimSuffix(name, "/") + "/", Parent: name != "/", More: len(found) > maxListed}
	for _, f := range found[:min(len(found), maxListed)] {
		local, err := s.local(l.Path + f.Name())
		if err != nil {
			continue
		}
		info, err := within.Lstat(f.Name())
		if err == nil && info.Mode()&fs.ModeSymlink != 0 {
			info, err = s.root.Stat(local) // it may lead anywhere within the root
		}
		if err != nil || !servable(info) {
			continue // it cannot be opened
		}
		e := entry{Name: f.Name(), Folder: info.IsDir(), Bytes: info.Size(), Time: info.ModTime()}
		if e.Folder {
			e.Name += "/"
		}
		e.Link = (&url.URL{Path: "./" + e.Name}).String()
		l.Entries = append(l.Entries, e)
	}
	slices.SortFunc(l.Entries, func(a, b entry) int {
		if a.Folder != b.Folder {
			if a.Folder {
				return -1
			}
			return 1
		}
		return cmp.Or(strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), strings.Compare(a.Name, b.Name))
	})

	// A page that may have no scripts, whatever a file is called.
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
{{end}}{{range .Entries}}<tr><td><a href="{{.Link}}">{{.Name}}</a></td><td>{{if not .Folder}}<span title="{{.Bytes}} bytes">{{.Size}}</span>{{end}}</td><td>{{.Modified}}</td></tr>
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
