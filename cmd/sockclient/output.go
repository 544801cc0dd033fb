package main

import (
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"sockhttp/cmd/command"
)

// An output is a file that is written whole or not at all: until keep it has
// another name. A pipe, a device and standard output are written at once.
type output struct {
	io.Writer
	file   *os.File    // the same, or nil for standard output
	target string      // the name that the file is to have, or "" for none
	mode   fs.FileMode // the permissions that it is to have, or 0 for the usual ones
}

// newOutput returns the output with a name, or stdout for the name "-". The name
// of a symbolic link is that of where the link points. A pipe is opened, which
// waits for its reader.
func newOutput(name string, stdout io.Writer) (*output, error) {
	if name == "-" {
		return &output{Writer: stdout}, nil
	}
	o := &output{}
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, command.Reason(err)
	case info.IsDir():
		return nil, errors.New("it is a directory; name a file in it")
	case !info.Mode().IsRegular():
		file, err := os.OpenFile(name, os.O_WRONLY, 0)
		return &output{Writer: file, file: file}, command.Reason(err)
	default:
		o.mode = info.Mode().Perm()
	}
	o.target, err = followLinks(name)
	return o, err
}

// create creates the file, with its other name. From then on keep or drop must be
// called.
func (o *output) create() (err error) {
	if o.target != "" {
		dir, _ := filepath.Split(o.target)
		o.file, err = os.OpenFile(dir+".sockclient."+rand.Text(), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		o.Writer = o.file
	}
	return command.Reason(err)
}

// followLinks returns where a symbolic link points in the end, which need not
// exist. Any other name it returns as it is.
func followLinks(name string) (string, error) {
	const most = 40 // as many as Linux follows
	for range most {
		target, err := os.Readlink(name)
		if err != nil {
			return name, nil // it is no link
		}
		if !filepath.IsAbs(target) {
			// Not filepath.Join: the directory before a .. may be a link.
			dir, _ := filepath.Split(name)
			target = dir + target
		}
		name = target
	}
	return "", errors.New("it is a link to too many others; name the file that is meant")
}

// keep gives the file its name.
func (o *output) keep() error {
	if o.file == nil {
		return nil
	}
	var err error
	if o.mode != 0 {
		err = o.file.Chmod(o.mode)
	}
	if err = errors.Join(err, o.file.Close()); err == nil && o.target != "" {
		err = os.Rename(o.file.Name(), o.target)
	}
	if err != nil {
		o.remove()
	}
	return err
}

// drop leaves nothing of it.
func (o *output) drop() {
	if o.file != nil {
		o.file.Close()
		o.remove()
	}
}

func (o *output) remove() {
	if o.target != "" {
		os.Remove(o.file.Name())
	}
}
