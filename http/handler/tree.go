package handler

import (
	"cmp"
	"errors"
	"io/fs"
	nethttp "net/http"
	"os"
	"strings"

	"sockhttp/http"
	"sockhttp/http/internal/files"
)

// A tree is a directory with everything below it that may be served. Names in it
// are paths as in a URL, from the slash on.
type tree struct {
	root     *os.Root
	dotfiles bool // names that begin with a period may be served, too
}

// open opens a regular file or a directory. If that fails it returns what the
// client is told.
func (t tree) open(name string) (*os.File, fs.FileInfo, *http.StatusError) {
	local, err := t.local(name)
	if err != nil {
		return nil, nil, http.FileError(err)
	}
	file, info, err := files.Open(t.root, local)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return nil, nil, &http.StatusError{Status: nethttp.StatusForbidden, Detail: "the server is not allowed to read it; check the file's permissions"}
	case err != nil:
		return nil, nil, http.FileError(err)
	}
	return file, info, nil
}

// stat follows symbolic links, wherever they lead within the tree.
func (t tree) stat(name string) (fs.FileInfo, error) {
	local, err := t.local(name)
	if err != nil {
		return nil, err
	}
	return t.root.Stat(local)
}

// openRoot opens a directory to look names up in.
func (t tree) openRoot(name string) (*os.Root, error) {
	local, err := t.local(name)
	if err != nil {
		return nil, err
	}
	return t.root.OpenRoot(local)
}

// local is a name as files.Open takes it. A hidden one has none.
func (t tree) local(name string) (string, error) {
	local := cmp.Or(strings.TrimPrefix(name, "/"), ".")
	if t.hides(name) || !fs.ValidPath(local) {
		return "", fs.ErrNotExist
	}
	return local, nil
}

func (t tree) hides(name string) bool {
	if t.dotfiles {
		return false
	}
	long, err := longName(t.root.Name(), name)
	return err != nil || strings.Contains(strings.Map(visible, long), "/.")
}

// visible drops what HFS+, a file system of macOS, ignores in a name: with one
// of these characters before its period, a hidden file would be found.
func visible(r rune) rune {
	if '\u200c' <= r && r <= '\u200f' || '\u202a' <= r && r <= '\u202e' || '\u206a' <= r && r <= '\u206f' || r == '\ufeff' {
		return -1
	}
	return r
}
