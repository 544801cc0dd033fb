package array

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
)

func newTestGallery(t *testing.T) *gallery {
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return newGallery(root)
}

func wantFiles(t *testing.T, g *gallery, want int) {
	t.Helper()
	if files, err := os.ReadDir(g.directory.Name()); err != nil || len(files) != want {
		t.Errorf("in the directory are %v, %v, want %d files", files, err, want)
	}
}

func TestImagesAreWrittenUpToALimitOfFiles(t *testing.T) {
	g := newTestGallery(t)
	if g.files != MaxImages {
		t.Errorf("%d files may be written, want %d", g.files, MaxImages)
	}
	const images = 10
	g.files = images
	for i := range images {
		answer, err := g.add(Header{[3]int{1, 1, 1}, Byte}, []byte{7}, func(int) {})
		if want := fmt.Sprintf("image-%d.png, 1 x 1", i+1); answer != want || err != nil {
			t.Fatalf("%q, %v, want %q", answer, err, want)
		}
	}
	if _, err := g.add(Header{[3]int{1, 1, 1}, Byte}, []byte{7}, func(int) {}); err == nil || !strings.HasPrefix(err.Error(), "this server writes no more images, of 1000 files and 1073741824 bytes at most; ") {
		t.Errorf("the one after the last: %v", err)
	}
	wantFiles(t, g, images)
}

// One that does not fit any more leaves nothing, and one that fits still does.
func TestImagesAreWrittenUpToALimitOfBytes(t *testing.T) {
	g := newTestGallery(t)
	g.bytes = 100_000
	random := rand.NewChaCha8([32]byte{})
	large := make([]byte, 60_000) // which cannot be compressed
	random.Read(large)
	header := Header{[3]int{1, 200, 300}, Byte}
	for i, want := range []string{"", "this server writes no more images", "this server writes no more images"} {
		if _, err := g.add(header, large, func(int) {}); (err == nil) != (want == "") || err != nil && !strings.HasPrefix(err.Error(), want) {
			t.Errorf("image %d: %v, want %q", i+1, err, want)
		}
	}
	if _, err := g.add(header, bytes.Repeat([]byte{7}, 60_000), func(int) {}); err != nil {
		t.Errorf("one that fits: %v", err)
	}
	wantFiles(t, g, 2)
}

// A client is told what was wrong with the directory, but not where that is.
func TestAnImageThatCannotBeWritten(t *testing.T) {
	g := newTestGallery(t)
	files := g.files
	if err := os.Remove(g.directory.Name()); err != nil {
		t.Skip("a directory that is in use stays: ", err)
	}
	_, err := g.add(Header{[3]int{1, 1, 1}, Byte}, []byte{7}, func(int) {})
	if err == nil || !strings.HasPrefix(err.Error(), "the image cannot be written: ") || !strings.HasSuffix(err.Error(), "; check the server's directory for images") {
		t.Fatalf("%v", err)
	}
	if strings.Contains(err.Error(), g.directory.Name()) || strings.Contains(err.Error(), "image-") || g.files != files {
		t.Errorf("%v; %d files may be written, want %d", err, g.files, files)
	}
}
