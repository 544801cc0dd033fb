package handler

import (
	"cmp"
	"errors"
	"io/fs"
	nethttp "net/http"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"

	"sockhttp/http"
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
	file, info, err := http.Open(t.root, local)
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

// local is a name in the form of the operating system. A hidden one has none.
func (t tree) local(name string) (string, error) {
	if t.hides(name) {
		return "", fs.ErrNotExist
	}
	return filepath.Localize(cmp.Or(strings.TrimPrefix(name, "/"), "."))
}

func (t tree) hides(name string) bool {
	return !t.dotfiles && (strings.Contains(name, "/.") || runtime.GOOS == "windows" && shortName.MatchString(name))
}

// shortName matches the second names that Windows gives to files. By such a name
// one could get at a file whose own name begins with a period.
var shortName = regexp.MustCompile(`~[0-9]`)
