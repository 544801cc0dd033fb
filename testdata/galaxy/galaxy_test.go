package main

import (
	"bytes"
	"errors"
	"image"
	imagedraw "image/draw"
	"image/jpeg"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// committed is the picture that is served.
const committed = "../galaxy.jpg"

func decode(t *testing.T, name string) *image.RGBA {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	decoded, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	picture := image.NewRGBA(decoded.Bounds())
	imagedraw.Draw(picture, picture.Bounds(), decoded, decoded.Bounds().Min, imagedraw.Src)
	return picture
}

// difference is the mean difference of two pictures' samples, from 0 to 255,
// and the share of samples that differ by more than 16.
func difference(a, b *image.RGBA) (mean, far float64) {
	for i, v := range a.Pix {
		d := max(v, b.Pix[i]) - min(v, b.Pix[i])
		mean += float64(d)
		if d > 16 {
			far++
		}
	}
	n := float64(len(a.Pix))
	return mean / n, far / n
}

// same reports whether two pictures are the same but for rounding, in which
// processors differ: it may move a star or two.
func same(a, b *image.RGBA) bool {
	mean, far := difference(a, b)
	return mean < 0.1 && far < 0.0005
}

func TestThePictureIsDrawnByThisProgram(t *testing.T) {
	name := filepath.Join(t.TempDir(), "galaxy.jpg")
	if err := write(name, draw()); err != nil {
		t.Fatal(err)
	}
	drawn, picture := decode(t, name), decode(t, committed)
	if drawn.Bounds() != picture.Bounds() || picture.Bounds() != image.Rect(0, 0, 1280, 860) {
		t.Fatalf("the pictures measure %v and %v", drawn.Bounds(), picture.Bounds())
	}
	if !same(drawn, picture) {
		mean, far := difference(drawn, picture)
		t.Errorf("the pictures differ by %.3f in the mean, and %.3f%% of the samples by more than 16. If the change is meant, go run ./testdata/galaxy -o testdata/galaxy.jpg draws the picture again.", mean, 100*far)
	}

	// The comparison finds that a picture is a pixel off.
	shifted := image.NewRGBA(picture.Bounds())
	imagedraw.Draw(shifted, shifted.Bounds(), picture, image.Pt(1, 0), imagedraw.Src)
	if same(shifted, picture) {
		t.Error("the comparison takes a shifted picture for the same")
	}
	info, err := os.Stat(committed)
	if err != nil || info.Size() < 500_000 || info.Size() > 1_200_000 {
		t.Errorf("the picture has %d bytes, %v", info.Size(), err)
	}
}

// What is drawn is a galaxy: a bright warm core, blue arms, a dark sky.
func TestThePictureIsAGalaxy(t *testing.T) {
	picture := decode(t, committed)
	mean := func(r image.Rectangle) (l light) {
		for y := r.Min.Y; y < r.Max.Y; y++ {
			for x := r.Min.X; x < r.Max.X; x++ {
				c := picture.RGBAAt(x, y)
				l.add(light{float64(c.R), float64(c.G), float64(c.B)}.times(1 / float64(r.Dx()*r.Dy())))
			}
		}
		return l
	}
	core := mean(image.Rect(centerX-10, centerY-10, centerX+10, centerY+10))
	bluest := light{}
	for y := 0; y < height-40; y += 20 {
		for x := 0; x < width-40; x += 20 {
			if l := mean(image.Rect(x, y, x+40, y+40)); l[2]-l[0] > bluest[2]-bluest[0] {
				bluest = l
			}
		}
	}
	corner := mean(image.Rect(0, 800, 60, 860))
	if core[0] < 230 || core[0] < core[2]+40 {
		t.Errorf("the core is %v, not bright and warm", core)
	}
	if bluest[2] < bluest[0]+20 || bluest[2] < 80 {
		t.Errorf("the bluest place is %v, which is no arm of young stars", bluest)
	}
	if corner[0]+corner[1]+corner[2] > 90 {
		t.Errorf("the sky is %v, not dark", corner)
	}
}

func TestAFileThatCannotBeWritten(t *testing.T) {
	small := image.NewRGBA(image.Rect(0, 0, 8, 8))
	dir := t.TempDir()
	if err := write(filepath.Join(dir, "missing", "galaxy.jpg"), small); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("writing into a directory that does not exist: %v", err)
	}
	taken := filepath.Join(dir, "taken")
	if err := os.Mkdir(taken, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := write(taken, small); err == nil {
		t.Error("a directory was overwritten")
	}
	if entries, err := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("%v, %v are left behind", entries, err)
	}
}
