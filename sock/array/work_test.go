package array

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"
)

// BenchmarkSlices has each command obeyed on an array of 64 MiB, or an image of
// 4 Mi pixels. While a slice is being done, all other clients wait: slice-max-ms is
// what the longest took and, on a machine that has other work, slice-p99-ms says
// more. Without slices, others would wait for all of an operation.
func BenchmarkSlices(b *testing.B) {
	data := make([]byte, MaxBytes)
	rand.NewChaCha8([32]byte{}).Read(data)
	photo := slices.Clone(data)
	for i := range photo {
		photo[i] = byte(i/3000) + photo[i]&7
	}
	for _, c := range []struct {
		command string
		header  Header
		data    []byte
	}{
		{"mean", Header{[3]int{MaxBytes, 1, 1}, Byte}, data},
		{"max", Header{[3]int{MaxBytes, 1, 1}, Byte}, data},
		{"stddev", Header{[3]int{MaxBytes, 1, 1}, Byte}, data},
		{"stddev", Header{[3]int{MaxBytes / 2, 1, 1}, Int16}, data},
		{"histogram", Header{[3]int{MaxBytes / 4, 1, 1}, Uint32}, data},
		{"image", Header{[3]int{3, 2048, 2048}, Byte}, photo},
		{"image", Header{[3]int{1, 1 << 15, 1 << 7}, Byte}, data},
		{"image", Header{[3]int{1, 1 << 7, 1 << 15}, Byte}, make([]byte, MaxBytes)},
	} {
		b.Run(fmt.Sprintf("%s/%v/%dx%d", c.command, c.header.Type, c.header.Dimensions[1], c.header.Dimensions[2]), func(b *testing.B) {
			root, err := os.OpenRoot(b.TempDir())
			if err != nil {
				b.Fatal(err)
			}
			defer root.Close()
			s := &server{gallery: newGallery(root)}
			var took []time.Duration
			for b.Loop() {
				w := begin(func(p pause) (string, error) { return s.obey(c.command, c.header, c.data[:c.header.Bytes()], p) })
				for done := false; !done; {
					began := time.Now()
					done = w.step()
					took = append(took, time.Since(began))
				}
				if w.err != nil {
					b.Fatal(w.err)
				}
				os.Remove(root.Name() + "/" + s.gallery.name())
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1e3, "slice-p50-ms")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1e3, "slice-p99-ms")
			b.ReportMetric(float64(took[len(took)-1].Microseconds())/1e3, "slice-max-ms")
		})
	}
}

// What is stopped leaves no file, and takes none from the number that may be
// written.
func TestImageThatIsStopped(t *testing.T) {
	g := newTestGallery(t)
	h := Header{[3]int{1, 1 << 10, 1 << 10}, Byte}
	data := make([]byte, h.Bytes())
	rand.NewChaCha8([32]byte{}).Read(data)
	w := begin(func(p pause) (string, error) { return g.add(h, data, p) })
	for range 20 {
		if w.step() {
			t.Fatal("it is done in 20 slices")
		}
	}
	wantFiles(t, g, 1)
	if g.bytes == MaxImageBytes {
		t.Error("nothing is written after 20 slices")
	}
	w.stop()
	wantFiles(t, g, 0)
	if g.files != MaxImages || g.bytes != MaxImageBytes {
		t.Errorf("%d files and %d bytes may be written then", g.files, g.bytes)
	}
}
