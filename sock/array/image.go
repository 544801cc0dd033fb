package array

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
)

// FromImage returns an image as an array of bytes: (3, width, height) with red,
// green and blue, or (1, width, height) if it has but grey. The first row is the
// top one. Transparency is dropped.
func FromImage(m image.Image) (Header, []byte) {
	w, h := m.Bounds().Dx(), m.Bounds().Dy()
	if grey, ok := m.(*image.Gray); ok {
		data := make([]byte, 0, w*h)
		for y := range h {
			data = append(data, grey.Pix[y*grey.Stride:][:w]...)
		}
		return Header{[3]int{1, w, h}, Byte}, data
	}
	pixels := image.NewNRGBA(image.Rect(0, 0, w, h))
	draw.Draw(pixels, pixels.Bounds(), m, m.Bounds().Min, draw.Src)
	data := make([]byte, 0, 3*w*h)
	for p := pixels.Pix; len(p) > 0; p = p[4:] {
		data = append(data, p[:3]...)
	}
	return Header{[3]int{3, w, h}, Byte}, data
}

// longestSide is how wide and how high an image may be. Very many short rows take
// long to be written.
const longestSide = 1 << 15

// toImage is the reverse of FromImage. It calls p as it is looked at, row after
// row.
func toImage(h Header, data []byte, p pause) (image.Image, error) {
	switch {
	case h.Type != Byte || h.Dimensions[0] != 1 && h.Dimensions[0] != 3:
		return nil, errors.New("image needs a byte array of dimensions (3, width, height) or (1, width, height); send one")
	case h.Dimensions[1] > longestSide || h.Dimensions[2] > longestSide:
		return nil, fmt.Errorf("image takes at most %d rows and columns; send a smaller one", longestSide)
	}
	return picture{h, data, p}, nil
}

// A picture is an array as an image.
type picture struct {
	Header
	data []byte
	pause
}

func (m picture) Bounds() image.Rectangle {
	return image.Rect(0, 0, m.Dimensions[1], m.Dimensions[2])
}

func (m picture) ColorModel() color.Model {
	if m.Dimensions[0] == 1 {
		return color.GrayModel
	}
	return color.RGBAModel
}

// Opaque tells an encoder that nothing is transparent.
func (m picture) Opaque() bool { return true }

func (m picture) At(x, y int) color.Color {
	width := m.Dimensions[1]
	if x == 0 {
		m.pause(width * m.Dimensions[0] * pictureCost)
	}
	at := y*width + x
	if m.Dimensions[0] == 1 {
		return color.Gray{m.data[at]}
	}
	p := m.data[3*at:]
	return color.RGBA{p[0], p[1], p[2], 0xff}
}
