package array_test

import (
	"encoding/binary"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
	"math/big"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"sockhttp/sock/array"
	"sockhttp/sock/socktest"
	"sockhttp/sock/trace"
)

const ms = time.Millisecond

// A world is a server of the array routine on a simulated network.
type world struct {
	*socktest.Server
	out     string
	printed []string
	print   func(command string) // called, unless nil, with each command that was obeyed
}

func newWorld(t testing.TB, images bool) *world {
	t.Helper()
	return newWorldWith(t, images, 0)
}

// newWorldWith makes a world whose server has so many bytes for elements.
func newWorldWith(t testing.TB, images bool, memory int) *world {
	t.Helper()
	w := &world{out: t.TempDir()}
	options := array.Options{Memory: memory, Print: func(command, answer string) {
		w.printed = append(w.printed, command+": "+answer)
		if w.print != nil {
			w.print(command)
		}
	}}
	if images {
		root, err := os.OpenRoot(w.out)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { root.Close() })
		options.Out = root
	}
	w.Server = socktest.NewServer(array.Routine(options))
	w.Trace = trace.Hooks{} // which takes memory
	w.Start()
	return w
}

// ask plays a client that sends steps, and returns what it got.
func (w *world) ask(t testing.TB, steps ...socktest.Step) string {
	t.Helper()
	c := w.Connect(socktest.Script{Connect: w.Now(), Steps: append(steps, socktest.CloseWrite())})
	w.Run(w.Now() + 2*time.Minute)
	w.WantIdle(t)
	if c.End != io.EOF {
		t.Errorf("the connection ended with %v", c.End)
	}
	return string(c.Received)
}

// six are the integers of a header.
func six(v ...int32) string {
	var b []byte
	for _, v := range v {
		b = binary.LittleEndian.AppendUint32(b, uint32(v))
	}
	return string(b)
}

// bytesOf is an array of bytes, with its header, of dimensions (len, 1, 1).
func bytesOf(data string) string {
	return six(3, int32(len(data)), 1, 1, 1, int32(len(data))) + data
}

// Each header that is not right gets one line that says why, and what is more
// than it is not waited for.
func TestHeaders(t *testing.T) {
	const most = 64 << 20
	for _, test := range []struct {
		header string
		want   string
	}{
		{six(2, 1, 1, 1, 1, 1), "the array has 2 dimensions; send one with 3"},
		{six(-3, 1, 1, 1, 1, 1), "the array has -3 dimensions"},
		{six(3, 0, 1, 1, 1, 0), "dimension 1 is 0; send 1 or more"},
		{six(3, 1, -5, 1, 1, -5), "dimension 2 is -5"},
		{six(3, 1, 1, math.MinInt32, 1, 1), "dimension 3 is -2147483648"},
		{six(3, 2, 3, 4, 1, 23), "the dimensions make 24 elements, but the header says 23"},
		{six(3, 2, 3, 4, 1, -24), "the header says -24"},
		{six(3, 1<<16, 1<<16, 1<<16, 1, 0), "more than 67108864 bytes"},
		{six(3, math.MaxInt32, math.MaxInt32, math.MaxInt32, 1, 1), "more than 67108864 bytes"},
		{six(3, 1<<11, 1<<11, 1<<10, 1, 1), "more than 67108864 bytes"}, // 2^32
		{six(3, most+1, 1, 1, 1, most+1), "more than 67108864 bytes"},
		{six(3, most/8+1, 1, 1, 5, most/8+1), "more than 67108864 bytes"},
		{six(3, 1, 1, 1, 0, 1), "type code 0 is not supported; send one of 1 (byte), 2 (int16), 3 (int32), 4 (float32), 5 (float64), 12 (uint16), 13 (uint32), 14 (int64), 15 (uint64)"},
		{six(3, 1, 1, 1, 6, 1), "type code 6"},
		{six(3, 1, 1, 1, -1, 1), "type code -1"},
		{"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "dimensions; send one with 3"},
		{"GET", "the header ended early; send all of it"},
		{bytesOf("abc")[:26], "the array ended early; send all of it"},
		{bytesOf("abc"), "the command ended early; send all of it"},
		{bytesOf("abc") + "mean", "the command ended early; send all of it"},
		{bytesOf("abc") + "delete everything\n", `"delete everything" is not a command; send one of size, total, mean, min, max, stddev, histogram, image, help`},
		{bytesOf("abc") + "\x1b[2J\n", `"\x1b[2j" is not a command`},
		{bytesOf("abc") + strings.Repeat("x", 1025) + "\n", "the command is longer than 1024 bytes"},
		{bytesOf("abc") + strings.Repeat("x", 100_000), "the command is longer than 1024 bytes"},
		{bytesOf("a") + "stddev\n", "stddev needs two elements or more; send more"},
		{bytesOf("abc") + "image\n", "start it with -out and a directory"},
	} {
		w := newWorld(t, false)
		got := w.ask(t, socktest.Send(test.header))
		if !strings.HasPrefix(got, "error: ") || !strings.Contains(got, test.want) || strings.Count(got, "\n") != 1 || !strings.HasSuffix(got, "\n") {
			t.Errorf("%.100q: %q, want a line with %q", test.header, got, test.want)
		}
		if len(w.printed) > 0 {
			t.Errorf("%.100q: printed %q", test.header, w.printed)
		}
	}
	if got := newWorld(t, false).ask(t); got != "" {
		t.Errorf("to nothing: %q", got)
	}
}

// A header is read as it is written.
func TestHeaderAppend(t *testing.T) {
	for _, want := range []array.Header{{[3]int{1, 1, 1}, array.Uint64}, {[3]int{3, 640, 480}, array.Byte}, {[3]int{1, 1, 64 << 20}, array.Byte}, {[3]int{8 << 20, 1, 1}, array.Float64}} {
		b := want.Append([]byte("x"))
		got, err := array.ParseHeader(b[1:])
		if got != want || err != nil || len(b) != 1+array.HeaderBytes {
			t.Errorf("%v is read as %v, %v", want, got, err)
		}
	}
}

// The commands, on elements of each type that are easy to get wrong.
func TestCommands(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, test := range []struct {
		kind array.Type
		data any
		want map[string]string
	}{
		{array.Byte, []uint8{0, 255, 3}, map[string]string{"size": "dimensions 1 x 1 x 3, type 1 (byte), 3 elements", "total": "258", "mean": "86", "min": "0", "max": "255", "stddev": "146.3659796537433", "help": "size, total, mean, min, max, stddev, histogram, image, help",
			"histogram": "16 bins from 0 to 255: 2 0 0 0 0 0 0 0 0 0 0 0 0 0 0 1", "  MEAN \r": "86"}},
		{array.Int16, []int16{-32768, 32767}, map[string]string{"total": "-1", "min": "-32768", "max": "32767", "mean": "-0.5"}},
		{array.Int32, []int32{math.MinInt32, math.MinInt32, 1}, map[string]string{"total": "-4294967295", "min": "-2147483648", "max": "1"}},
		{array.Uint16, []uint16{65535, 65535}, map[string]string{"total": "131070", "max": "65535", "stddev": "0", "histogram": "16 bins from 65535 to 65535: 2 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0"}},
		{array.Uint32, []uint32{math.MaxUint32, 0}, map[string]string{"max": "4294967295", "total": "4294967295"}},
		{array.Int64, []int64{math.MaxInt64, math.MinInt64}, map[string]string{"max": "9223372036854775807", "min": "-9223372036854775808", "total": "0"}},
		{array.Uint64, []uint64{math.MaxUint64, 1}, map[string]string{"max": "18446744073709551615", "min": "1"}},
		{array.Float32, []float32{0.1, -2.5}, map[string]string{"min": "-2.5", "max": "0.1"}},
		{array.Float64, []float64{1e300, 1, -1e300}, map[string]string{"total": "1", "max": "1e+300"}},
		{array.Float64, []float64{1, 1e300, -1e300}, map[string]string{"total": "1"}},
		{array.Float64, []float64{math.MaxFloat64, -math.MaxFloat64, 0}, map[string]string{"histogram": "16 bins from -1.7976931348623157e+308 to 1.7976931348623157e+308: 1 0 0 0 0 0 0 0 1 0 0 0 0 0 0 1"}},
		// Subnormal numbers, where halving rounds.
		{array.Float64, []float64{0, 5e-324, 10e-324, 15e-324, 75e-324, 80e-324}, map[string]string{"histogram": "16 bins from 0 to 8e-323: 1 1 1 1 0 0 0 0 0 0 0 0 0 0 0 2"}},
		{array.Float64, []float64{1, nan, -5}, map[string]string{"min": "NaN", "max": "NaN", "mean": "NaN", "total": "NaN", "histogram": "error: an element is NaN; histogram needs finite elements"}},
		{array.Float64, []float64{-inf, 1}, map[string]string{"max": "1", "min": "-Inf", "total": "-Inf", "mean": "-Inf"}},
		{array.Float64, []float64{inf, 1}, map[string]string{"max": "+Inf", "min": "1", "total": "+Inf", "histogram": "error: an element is +Inf; histogram needs finite elements"}},
		{array.Float64, []float64{1e15, 1e-5, 999999999999999, 0.0001}, map[string]string{"max": "1e+15", "min": "1e-05"}},
	} {
		data, err := binary.Append(nil, binary.LittleEndian, test.data)
		if err != nil {
			t.Fatal(err)
		}
		n := reflect.ValueOf(test.data).Len()
		header := array.Header{Dimensions: [3]int{1, 1, n}, Type: test.kind}
		for command, want := range test.want {
			w := newWorld(t, false)
			got := w.ask(t, socktest.Send(string(header.Append(nil))+string(data)+command+"\n"))
			if got != want+"\n" {
				t.Errorf("%s of %v: %q, want %q", command, test.data, got, want)
			}
			if name := strings.ToLower(strings.TrimSpace(command)); !strings.HasPrefix(want, "error: ") && (len(w.printed) != 1 || w.printed[0] != name+": "+want) {
				t.Errorf("%s: printed %q", command, w.printed)
			}
		}
	}
}

// The figures of random elements agree with ones that are computed with 200
// bits.
func TestPrecision(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	const n = 10_000
	var data []byte
	sum, exact := new(big.Float).SetPrec(200), []*big.Float{}
	for range n {
		x := (random.Float64() - 0.5) * math.Pow(10, float64(random.IntN(12)))
		data = binary.LittleEndian.AppendUint64(data, math.Float64bits(x))
		exact = append(exact, new(big.Float).SetPrec(200).SetFloat64(x))
		sum.Add(sum, exact[len(exact)-1])
	}
	mean := new(big.Float).SetPrec(200).Quo(sum, big.NewFloat(n))
	squares := new(big.Float).SetPrec(200)
	for _, x := range exact {
		d := new(big.Float).SetPrec(200).Sub(x, mean)
		squares.Add(squares, d.Mul(d, d))
	}
	deviation := new(big.Float).Sqrt(squares.Quo(squares, big.NewFloat(n-1)))
	header := array.Header{Dimensions: [3]int{n, 1, 1}, Type: array.Float64}
	for command, want := range map[string]*big.Float{"total": sum, "mean": mean, "stddev": deviation} {
		got, err := strconv.ParseFloat(strings.TrimSpace(newWorld(t, false).ask(t, socktest.Send(string(header.Append(nil))+string(data)+command+"\n"))), 64)
		if want, _ := want.Float64(); err != nil || math.Abs(got-want) > 1e-15*math.Abs(want) {
			t.Errorf("%s is %v, %v; want %v", command, got, err, want)
		}
	}
}

// An image is written to the server's directory under a name that was free, and
// is the one that was sent.
func TestImage(t *testing.T) {
	w := newWorld(t, true)
	if err := os.WriteFile(filepath.Join(w.out, "image-2.png"), []byte("another's"), 0o666); err != nil {
		t.Fatal(err)
	}
	coloured := image.NewNRGBA(image.Rect(-1, -2, 3, 1))
	grey := image.NewGray(image.Rect(0, 0, 5, 2))
	for i := range grey.Pix {
		grey.Pix[i] = uint8(20 * i)
	}
	for i := range coloured.Pix {
		coloured.Pix[i] = uint8(5*i) | 3
		if i%4 == 3 {
			coloured.Pix[i] = 0xff
		}
	}
	for name, m := range map[string]image.Image{"4 x 3": coloured, "5 x 2": grey} {
		h, data := array.FromImage(m)
		got := strings.TrimSpace(w.ask(t, socktest.Send(string(h.Append(nil))+string(data)+"image\n")))
		file, size, ok := strings.Cut(got, ", ")
		if !ok || size != name || file == "image-2.png" {
			t.Fatalf("answered %q", got)
		}
		f, err := os.Open(filepath.Join(w.out, file))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		written, err := png.Decode(f)
		if err != nil {
			t.Fatal(err)
		}
		for y := range m.Bounds().Dy() {
			for x := range m.Bounds().Dx() {
				want := color.RGBAModel.Convert(m.At(m.Bounds().Min.X+x, m.Bounds().Min.Y+y))
				if got := color.RGBAModel.Convert(written.At(x, y)); got != want {
					t.Fatalf("%s: the pixel at %d, %d is %v, want %v", name, x, y, got, want)
				}
			}
		}
	}
	files, err := os.ReadDir(w.out)
	if err != nil || len(files) != 3 {
		t.Errorf("the directory has %v, %v", files, err)
	}
	if err := os.RemoveAll(w.out); err == nil { // Windows would not
		got := w.ask(t, socktest.Send(six(3, 1, 1, 1, 1, 1)+"ximage\n"))
		if !strings.HasPrefix(got, "error: the image cannot be written: ") || strings.Contains(got, w.out) || strings.Count(got, "\n") != 1 {
			t.Errorf("without its directory it answers %q", got)
		}
	}
	if got := w.ask(t, socktest.Send(six(3, 1, 1, 32769, 1, 32769)+strings.Repeat("x", 32769)+"image\n")); !strings.HasPrefix(got, "error: image takes at most 32768 rows and columns") {
		t.Errorf("answered %q", got)
	}
	for _, not := range []string{bytesOf("abcd"), six(3, 3, 1, 1, 2, 3) + "abcdef"} {
		if got := w.ask(t, socktest.Send(not+"image\n")); !strings.HasPrefix(got, "error: image needs a byte array of dimensions (3, width, height) or (1, width, height)") {
			t.Errorf("answered %q", got)
		}
	}
}

// One exchange follows another, pipelined or after a while, and however their
// bytes are cut.
func TestExchanges(t *testing.T) {
	input := bytesOf("abc") + "max\n" + bytesOf("\x00\x0f") + "histogram\r\n" + bytesOf("z") + "min\n"
	const want = "99\n16 bins from 0 to 15: 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 1\n122\n"
	for size := 1; size <= len(input); size++ {
		var steps []socktest.Step
		for rest := input; rest != ""; {
			n := min(size, len(rest))
			steps = append(steps, socktest.Send(rest[:n]), socktest.Pause(ms))
			rest = rest[n:]
		}
		if got := newWorld(t, false).ask(t, steps...); got != want {
			t.Errorf("in pieces of %d: %q, want %q", size, got, want)
		}
	}
	w := newWorld(t, false)
	if got := w.ask(t, socktest.Send(bytesOf("a")+"max\n"), socktest.Pause(50*time.Second), socktest.Send(bytesOf("b")+"max\n")); got != "97\n98\n" {
		t.Errorf("after a pause: %q", got)
	}
}

// What a client does not send in time it is told of, at the time.
func TestTimes(t *testing.T) {
	for _, test := range []struct {
		name  string
		steps []socktest.Step
		want  string
		at    time.Duration
	}{
		{"silent", nil, "error: the header did not arrive in time; send it without pauses\n", 10 * time.Second},
		{"part of a header", []socktest.Step{socktest.Send("\x03"), socktest.Pause(5 * time.Second), socktest.Send("\x00")}, "error: the header did not arrive in time; send it without pauses\n", 10 * time.Second},
		{"part of an array", []socktest.Step{socktest.Send(bytesOf("abc")[:26])}, "error: the array did not arrive in time; send it without pauses\n", 30 * time.Second},
		{"no command", []socktest.Step{socktest.Send(bytesOf("abc")), socktest.Pause(20 * time.Second), socktest.Send("m")}, "error: the command did not arrive in time; send it without pauses\n", 30 * time.Second},
		{"nothing more", []socktest.Step{socktest.Send(bytesOf("abc") + "max\n")}, "99\n", time.Minute},
		{"part of another header", []socktest.Step{socktest.Send(bytesOf("abc") + "max\n"), socktest.Pause(20 * time.Second), socktest.Send("\x03"), socktest.Pause(9 * time.Second), socktest.Send("\x00")}, "99\nerror: the header did not arrive in time; send it without pauses\n", 30 * time.Second},
		{"a byte now and then", []socktest.Step{socktest.Send(six(3, 64<<20, 1, 1, 1, 64<<20)), socktest.Pause(29 * time.Second), socktest.Send("x"), socktest.Pause(29 * time.Second), socktest.Send("x")}, "error: the array did not arrive in time; send it without pauses\n", 30 * time.Second},
		{"part of another array", []socktest.Step{socktest.Send(bytesOf("abc")[:26]), socktest.Pause(time.Second), socktest.Send("cmax\n"), socktest.Pause(49 * time.Second), socktest.Send(bytesOf("abc")[:26])}, "99\nerror: the array did not arrive in time; send it without pauses\n", 80 * time.Second},
		{"a large array, slowly", slowly(six(3, 1<<20, 1, 1, 1, 1<<20)+strings.Repeat("x", 1<<20), 100, 20*time.Second), "error: the array did not arrive in time; send it without pauses\n", 30350 * ms}, // what came is paid for
	} {
		w := newWorld(t, false)
		c := w.Connect(socktest.Script{Steps: test.steps})
		w.Run(5 * time.Minute)
		if late := c.Ended - test.at; string(c.Received) != test.want || late < 0 || late > 300*ms {
			t.Errorf("%s: %q at %v, want %q at %v", test.name, c.Received, c.Ended, test.want, test.at)
		}
	}
}

// slowly sends data in so many pieces, with pauses.
func slowly(data string, pieces int, pause time.Duration) (steps []socktest.Step) {
	n := len(data)/pieces + 1
	for ; len(data) > n; data = data[n:] {
		steps = append(steps, socktest.Send(data[:n]), socktest.Pause(pause))
	}
	return append(steps, socktest.Send(data))
}
