package array

import (
	"errors"
	"fmt"
	"image"
	"image/png"
	"io/fs"
	"os"
)

// What a server writes to its directory for images, in all, until it is started
// again.
const (
	MaxImages     = 1000    // files
	MaxImageBytes = 1 << 30 // bytes of all files
)

// A gallery is the directory that images are written to.
type gallery struct {
	directory *os.Root // nil: none are written
	last      int      // the number in the last file's name
	files     int      // that may still be written
	bytes     int64    // that may still be written
}

func newGallery(directory *os.Root) *gallery {
	return &gallery{directory: directory, files: MaxImages, bytes: MaxImageBytes}
}

// errFull is the answer to a client whose image would be too much.
var errFull = fmt.Errorf("this server writes no more images, of %d files and %d bytes at most; start it again to write more", MaxImages, MaxImageBytes)

// add writes the array as a PNG file, with the first name of the form image-N.png
// that is free and after the last one. Between two pauses, others may be written.
func (g *gallery) add(h Header, data []byte, p pause) (answer string, err error) {
	if g.directory == nil {
		return "", errors.New("this server writes no images; start it with -out and a directory")
	}
	m, err := toImage(h, data, p)
	if err != nil {
		return "", err
	}
	if g.files == 0 {
		return "", errFull
	}
	name, err := g.write(m)
	// Where the directory is, is none of the client's business.
	path := (*fs.PathError)(nil)
	switch {
	case errors.Is(err, errFull):
		return "", errFull
	case errors.As(err, &path):
		err = path.Err
	}
	if err != nil {
		return "", fmt.Errorf("the image cannot be written: %w; check the server's directory for images", err)
	}
	return fmt.Sprintf("%s, %d x %d", name, m.Bounds().Dx(), m.Bounds().Dy()), nil
}

// write writes a file. If that fails, or is stopped, nothing is left of it.
func (g *gallery) write(m image.Image) (name string, err error) {
	file, err := g.create()
	if err != nil {
		return "", err
	}
	name = g.name()
	g.files--
	limited := &limitedFile{file, g, 0}
	written := false
	defer func() {
		err = errors.Join(err, file.Close())
		if !written || err != nil {
			g.directory.Remove(name)
			g.files, g.bytes = g.files+1, g.bytes+limited.size
		}
	}()
	err = (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(limited, m)
	written = true
	return name, err
}

// create creates the next file.
func (g *gallery) create() (file *os.File, err error) {
	for {
		g.last++
		file, err = g.directory.OpenFile(g.name(), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if !errors.Is(err, fs.ErrExist) {
			return file, err
		}
	}
}

func (g *gallery) name() string { return fmt.Sprintf("image-%d.png", g.last) }

// A limitedFile takes as many bytes as its gallery still may.
type limitedFile struct {
	*os.File
	gallery *gallery
	size    int64
}

func (f *limitedFile) Write(p []byte) (int, error) {
	if int64(len(p)) > f.gallery.bytes {
		return 0, errFull
	}
	n, err := f.File.Write(p)
	f.size += int64(n)
	f.gallery.bytes -= int64(n)
	return n, err
}
