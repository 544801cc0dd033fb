package handler

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	nethttp "net/http"
	"net/url"
	"os"
	"path"
	"strings"

	"sockhttp/http"
)

// FileServer answers with the files of root, for [Routine], as the standard
// library's file server does: GET and HEAD, ranges, conditional requests, types
// by extension, index.html for its directory, redirects for directories. But
//
//   - only regular files and directories within root are ever opened. Names with
//     an element that begins with a period do not exist, unless dotfiles is set (a link to such
//     a name, if it has another name itself, is followed);
//   - a directory without index.html is listed with sizes and times, directories
//     first. If it has more than 1000 names, they are listed alone, as the
//     standard library does, links among the files wherever they lead; and 5000
//     at most. Hidden names do not count;
//   - several ranges at once are answered with all of the file, if it has more
//     than 64 KiB or they are more than 16 (RFC 9110, section 14.2);
//   - browsers are told to take types as they are (nosniff);
//   - other methods are answered with 405, a request with a body with 413 (RFC
//     9110, section 9.3.1), and refusals say what to do. Routine does so as soon
//     as the header is here, and closes the connection if there is a body.
//
// [Routine] has a listing made in steps, between which others are served, and
// sends it to all who ask for it meanwhile or within a second; unless a handler
// of yours stands before FileServer, or another server calls it: then it is made at
// once, by one goroutine for all, and is bound by MaxReply.
//
// Routine keeps the replies that are asked for again and again, and sends them for
// as long as their files do not change (on Linux, macOS and FreeBSD). Files of more
// than 64 KiB are not kept, and are opened for each client.
//
// Files are opened on the goroutine of the queue. A disk or a network directory
// that takes four seconds to open a file keeps every client waiting for that
// long; the log tells of it. Serve such a directory with net/http's own server.
func FileServer(root *os.Root, dotfiles bool) nethttp.Handler {
	return fileServer{tree{root, dotfiles}, newWholeListings()}
}

type fileServer struct {
	tree  tree
	whole *wholeListings // where Routine makes none in steps
}

func (s fileServer) ServeHTTP(w nethttp.ResponseWriter, r *nethttp.Request) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if r.Method != nethttp.MethodGet && r.Method != nethttp.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		refuse(w, &http.StatusError{Status: nethttp.StatusMethodNotAllowed, Detail: fmt.Sprintf("%q is not answered here; use GET or HEAD", r.Method)})
		return
	}
	if r.ContentLength != 0 {
		refuse(w, &http.StatusError{Status: nethttp.StatusRequestEntityTooLarge, Detail: "no body is taken here; send the request without one"})
		return
	}
	urlPath, name, asDirectory := s.parse(r)
	file, info, refused := s.tree.open(name)
	if refused != nil {
		refuse(w, refused)
		return
	}
	defer file.Close()
	switch {
	case strings.HasSuffix(urlPath, "/"+index):
		redirect(w, r, "./")
		return
	case info.IsDir() && !asDirectory:
		redirect(w, r, path.Base(urlPath)+"/")
		return
	case !info.IsDir() && asDirectory:
		redirect(w, r, "../"+path.Base(urlPath))
		return
	}
	sources := []source{{name, info}}
	if info.IsDir() {
		page, pageInfo, refused := s.tree.open(path.Join(name, index))
		if refused != nil && refused.Status != nethttp.StatusNotFound {
			refuse(w, refused)
			return
		}
		defer page.Close() // of nil does nothing
		if refused != nil || pageInfo.IsDir() {
			s.whole.list(s.tree, name, file, info).ServeHTTP(w, r)
			return
		}
		file, info = page, pageInfo
		sources = append(sources, source{path.Join(name, index), info})
	}
	if w, ok := w.(*response); ok {
		w.sources = sources
	}
	if n := strings.Count(r.Header.Get("Range"), ",") + 1; n > maxRanges || n > 1 && info.Size() > rangesHeld {
		r.Header.Del("Range")
	}
	nethttp.ServeContent(w, r, info.Name(), info.ModTime(), sizedFile{file, info.Size()})
}

// A sizedFile has a size without seeking, which files of /proc cannot do.
type sizedFile struct {
	*os.File
	size int64 // bytes
}

func (f sizedFile) Seek(offset int64, whence int) (int64, error) {
	if whence == io.SeekEnd {
		offset, whence = f.size+offset, io.SeekStart
	}
	return f.File.Seek(offset, whence)
}

// index is the file that is sent in place of a listing.
const index = "index.html"

// Several ranges are made into one body, which is held in memory, and for which
// all clients wait. So there may be maxRanges, of a file of rangesHeld bytes. If
// there are more, Range is ignored, as a server may do with any (RFC 9110,
// section 14.2): unlike 416, that gives the client what it needs, and a whole
// file is sent without being held.
const (
	maxRanges  = 16
	rangesHeld = 64 << 10
)

// parse returns the path that r asks for, the name of that in the tree, and
// whether it is to be a directory.
func (s fileServer) parse(r *nethttp.Request) (urlPath, name string, asDirectory bool) {
	urlPath = r.URL.Path
	if !strings.HasPrefix(urlPath, "/") {
		urlPath = "/" + urlPath
	}
	return urlPath, path.Clean(urlPath), strings.HasSuffix(urlPath, "/")
}

// openDirectory opens a directory that is to be listed; nil if name is none.
func (s fileServer) openDirectory(name string) (*os.File, fs.FileInfo) {
	directory, info, refused := s.tree.open(name)
	if refused != nil {
		return nil, nil
	}
	page, err := s.tree.stat(path.Join(name, index))
	if !info.IsDir() || err == nil && !page.IsDir() || err != nil && !errors.Is(err, fs.ErrNotExist) {
		directory.Close()
		return nil, nil
	}
	return directory, info
}

func refuse(w nethttp.ResponseWriter, err *http.StatusError) {
	if w, ok := w.(*response); ok {
		w.detail = ": " + err.Detail
	}
	nethttp.Error(w, err.Error(), err.Status)
}

// redirect sends the client to an address that is relative to its own.
func redirect(w nethttp.ResponseWriter, r *nethttp.Request, to string) {
	u := url.URL{Path: to, RawQuery: r.URL.RawQuery}
	w.Header().Set("Location", u.String())
	w.WriteHeader(nethttp.StatusMovedPermanently)
}
