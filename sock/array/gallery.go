package array

import (
	"errors"
	"fmt"
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
// that is free and after the last one.
func (g *gallery) add(h Header, data []byte) (answer string, err error) {
	if g.directory == nil {
		return "", errors.New("this server writes no images; start it with -out and a directory")
	}
	m, err := toImage(h, data)
	if err != nil {
		return "", err
	}
	if g.files == 0 {
		return "", errFull
	}
	file, err := g.create()
	if err == nil {
		limited := &limitedFile{file, g.bytes}
		err = (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(limited, m)
		if err = errors.Join(err, file.Close()); err != nil {
			g.directory.Remove(g.name())
		} else {
			g.files, g.bytes = g.files-1, limited.left
		}
	}
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
	return fmt.Sprintf("%s, %d x %d", g.name(), m.Bounds().Dx(), m.Bounds().Dy()), nil
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

// A limitedFile takes so many bytes more.
type limitedFile struct {
	*os.File
	left int64
}

func (f *limitedFile) Write(p []byte) (int, error) {
	if int64(len(p)) > f.left {
		return 0, errFull
	}
	n, err := f.File.Write(p)
	f.left -= int64(n)
	return n, err
}
