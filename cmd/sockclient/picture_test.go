package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// claim is a picture file of one grey pixel, which claims another size. It is
// what a hostile server might offer for download.
func claim(t *testing.T, format string, width, height int) string {
	t.Helper()
	var b bytes.Buffer
	pixel := image.NewGray(image.Rect(0, 0, 1, 1))
	var err error
	if format == "jpeg" {
		err = jpeg.Encode(&b, pixel, nil)
	} else {
		err = png.Encode(&b, pixel)
	}
	if err != nil {
		t.Fatal(err)
	}
	data := b.Bytes()
	if format == "jpeg" {
		frame := bytes.Index(data, []byte{0xff, 0xc0}) // marker, length (2), precision (1), height, width
		binary.BigEndian.PutUint16(data[frame+5:], uint16(height))
		binary.BigEndian.PutUint16(data[frame+7:], uint16(width))
	} else {
		header := data[8:] // length (4), IHDR, width, height, five bytes more, checksum
		binary.BigEndian.PutUint32(header[8:], uint32(width))
		binary.BigEndian.PutUint32(header[12:], uint32(height))
		binary.BigEndian.PutUint32(header[21:], crc32.ChecksumIEEE(header[4:21]))
	}
	name := filepath.Join(t.TempDir(), fmt.Sprintf("%dx%d.%s", width, height, format))
	if err := os.WriteFile(name, data, 0o666); err != nil {
		t.Fatal(err)
	}
	return name
}

// A picture that is too large is refused by what its header claims: it takes no
// memory for its pixels.
func TestAPictureThatIsTooLargeIsNotDecoded(t *testing.T) {
	for _, test := range []struct {
		name string
		want string
	}{
		{claim(t, "jpeg", 65535, 65535), "has 65535 x 65535 pixels, 4294836225 bytes when decoded, and a sockserver takes 67108864; make it smaller"},
		{claim(t, "png", 16000, 16000), "has 16000 x 16000 pixels, 256000000 bytes when decoded, and"},
		{claim(t, "png", 1<<30, 1<<30), "dimension overflow; give a JPEG or PNG file of at most 67108864 bytes when decoded"},
		{claim(t, "png", 8193, 8192), "has 8193 x 8192 pixels, 67117056 bytes when decoded, and"},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		status, stdout, stderr := client("-command", "mean", test.name)
		runtime.ReadMemStats(&after)
		if status != 1 || stdout != "" || !strings.Contains(stderr, test.want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("status %d, %q, %q; want %q", status, stdout, stderr, test.want)
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
			t.Errorf("%s took %d bytes", filepath.Base(test.name), n)
		}
	}
}

// The bytes that were read for the size are read again for the pixels.
func TestPicturesThatFitAreDecoded(t *testing.T) {
	name := filepath.Join(t.TempDir(), "grey.png")
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	grey := image.NewGray(image.Rect(0, 0, 300, 200))
	grey.SetGray(299, 199, color.Gray{7})
	if err := png.Encode(file, grey); err != nil {
		t.Fatal(err)
	}
	file.Close()
	header, elements, err := readPicture(name)
	if err != nil || header.Dimensions != [3]int{1, 300, 200} || len(elements) != 60_000 || elements[59_999] != 7 {
		t.Errorf("%v, %d elements, %v", header, len(elements), err)
	}
}

// What is not a picture, or hides its size behind more than a picture's head, says so.
func TestWhatIsNotAPictureSaysSo(t *testing.T) {
	hidden := filepath.Join(t.TempDir(), "hidden.jpg")
	comment := append([]byte{0xff, 0xfe, 0xff, 0xff}, make([]byte, 0xffff-2)...)
	if err := os.WriteFile(hidden, append([]byte{0xff, 0xd8}, bytes.Repeat(comment, 65)...), 0o666); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		hidden:              ": its size does not stand in its first 4194304 bytes; give a JPEG or PNG file",
		t.TempDir():         ": it is a directory; give a JPEG or PNG file",
		"main.go":           `cannot decode the picture "main.go": image: unknown format; give a JPEG or PNG file`,
		"no-such-image.png": `cannot open the picture "no-such-image.png": `,
	} {
		if status, _, stderr := client("-command", "mean", name); status != 1 || !strings.Contains(stderr, want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%s: status %d, %q, want %q", name, status, stderr, want)
		}
	}
}
