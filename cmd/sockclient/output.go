package main

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"sockhttp/cmd/internal/command"
)

// An output is a file that is to be written whole or not at all: until keep it
// has another name. A pipe or a device is written at once.
type output struct {
	*os.File
	target string      // the name that the file is to have, or empty
	mode   fs.FileMode // if it is to have that of the one before it
}

func newOutput(name string) (*output, error) {
	info, err := os.Stat(name)
	o := &output{target: name}
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, command.Reason(err)
	case info.IsDir():
		return nil, errors.New("it is a directory; name a file in it")
	case !info.Mode().IsRegular():
		file, err := os.OpenFile(name, os.O_WRONLY, 0)
		return &output{File: file}, command.Reason(err)
	default:
		o.mode = info.Mode().Perm()
		if o.target, err = filepath.EvalSymlinks(name); err != nil {
			return nil, command.Reason(err)
		}
	}
	dir, base := filepath.Split(o.target)
	o.File, err = os.OpenFile(dir+"."+base+"."+rand.Text(), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	return o, command.Reason(err)
}

// keep gives the file its name.
func (o *output) keep() error {
	var err error
	if o.mode != 0 {
		err = o.Chmod(o.mode)
	}
	if err = errors.Join(err, o.Close()); err == nil && o.target != "" {
		err = os.Rename(o.Name(), o.target)
	}
	if err != nil {
		o.remove()
	}
	return err
}

// drop leaves nothing of it.
func (o *output) drop() {
	o.Close()
	o.remove()
}

func (o *output) remove() {
	if o.target != "" {
		os.Remove(o.Name())
	}
}
