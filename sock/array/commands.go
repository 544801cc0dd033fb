package array

import (
	"errors"
	"fmt"
	"iter"
	"math"
	"strings"
)

// commands are what can be asked of an array, in the order of the help. Image
// is the routine's, since it needs a directory.
var commands = []struct {
	name   string
	answer func(h Header, data []byte, p pause) (string, error)
}{
	{"size", size},
	{"total", func(h Header, data []byte, p pause) (string, error) { return format(total(floats(h, data, p))), nil }},
	{"mean", func(h Header, data []byte, p pause) (string, error) { return format(mean(h, data, p)), nil }},
	{"min", func(h Header, data []byte, p pause) (string, error) {
		least, _ := kinds[h.Type].extremes(data, p)
		return least, nil
	}},
	{"max", func(h Header, data []byte, p pause) (string, error) {
		_, most := kinds[h.Type].extremes(data, p)
		return most, nil
	}},
	{"stddev", stddev},
	{"histogram", histogram},
	{"image", nil},
	{"help", nil},
}

// help lists the commands.
func help() string {
	var names []string
	for _, c := range commands {
		names = append(names, c.name)
	}
	return strings.Join(names, ", ")
}

func floats(h Header, data []byte, p pause) iter.Seq[float64] { return kinds[h.Type].floats(data, p) }

// size is what IDL's SIZE has, with a word for each number.
func size(h Header, _ []byte, _ pause) (string, error) {
	d := h.Dimensions
	return fmt.Sprintf("dimensions %d x %d x %d, type %d (%v), %d elements", d[0], d[1], d[2], h.Type, h.Type, h.Count()), nil
}

// total is a sum in double precision, with what each step rounds off added up
// too (Neumaier's summation).
func total(elements iter.Seq[float64]) float64 {
	sum, lost := 0.0, 0.0
	for x := range elements {
		t := sum + x
		if math.Abs(sum) >= math.Abs(x) {
			lost += sum - t + x
		} else {
			lost += x - t + sum
		}
		sum = t
	}
	if math.IsInf(sum, 0) || math.IsNaN(sum) {
		return sum
	}
	return sum + lost
}

func mean(h Header, data []byte, p pause) float64 {
	return total(floats(h, data, p)) / float64(h.Count())
}

// stddev is the standard deviation of a sample, as IDL's.
func stddev(h Header, data []byte, p pause) (string, error) {
	if h.Count() < 2 {
		return "", errors.New("stddev needs two elements or more; send more")
	}
	m := mean(h, data, p)
	squares := total(func(yield func(float64) bool) {
		for x := range floats(h, data, p) {
			d := x - m
			if !yield(float64(d * d)) { // rounded: the same on every processor
				return
			}
		}
	})
	return format(math.Sqrt(squares / float64(h.Count()-1))), nil
}

const bins = 16

// histogram counts the elements in bins of the same width, the first of which
// begins at the least element, and the last of which ends with the greatest.
func histogram(h Header, data []byte, p pause) (string, error) {
	least, most := math.Inf(1), math.Inf(-1)
	for x := range floats(h, data, p) {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return "", fmt.Errorf("an element is %v; histogram needs finite elements", x)
		}
		least, most = min(least, x), max(most, x)
	}
	var counts [bins]int
	scale := 1.0
	if math.IsInf(most-least, 0) {
		scale = 0.5 // the width of all bins is too much for a float64, half of it is not
	}
	width := most*scale - least*scale
	for x := range floats(h, data, p) {
		n := 0
		if width > 0 {
			n = min(int((x*scale-least*scale)/width*bins), bins-1)
		}
		counts[n]++
	}
	return fmt.Sprintf("%d bins from %s to %s: %s", bins, format(least), format(most), strings.Trim(fmt.Sprint(counts), "[]")), nil
}
