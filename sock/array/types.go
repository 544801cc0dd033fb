package array

import (
	"encoding/binary"
	"fmt"
	"iter"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Type is one of IDL's type codes.
type Type int32

// The types of elements. Complex numbers, strings and structures have codes in
// IDL, too, which are not taken.
const (
	Byte    Type = 1
	Int16   Type = 2
	Int32   Type = 3
	Float32 Type = 4
	Float64 Type = 5
	Uint16  Type = 12
	Uint32  Type = 13
	Int64   Type = 14
	Uint64  Type = 15
)

// String is the type's name in Go.
func (t Type) String() string {
	if k, ok := kinds[t]; ok {
		return k.name
	}
	return "type code " + strconv.Itoa(int(t))
}

// typeCodes lists the codes.
func typeCodes() string {
	var codes []string
	for _, t := range slices.Sorted(maps.Keys(kinds)) {
		codes = append(codes, fmt.Sprintf("%d (%s)", t, kinds[t].name))
	}
	return strings.Join(codes, ", ")
}

// A kind is what is known of a type.
type kind struct {
	name     string
	size     int                                             // of an element, in bytes
	floats   func(data []byte, p pause) iter.Seq[float64]    // the elements, rounded if need be
	extremes func(data []byte, p pause) (least, most string) // exact, and NaN if any element is
}

var kinds = map[Type]kind{
	Byte:    kindOf("byte", 1, func(b []byte) uint8 { return b[0] }),
	Int16:   kindOf("int16", 2, func(b []byte) int16 { return int16(binary.LittleEndian.Uint16(b)) }),
	Int32:   kindOf("int32", 4, func(b []byte) int32 { return int32(binary.LittleEndian.Uint32(b)) }),
	Float32: kindOf("float32", 4, func(b []byte) float32 { return math.Float32frombits(binary.LittleEndian.Uint32(b)) }),
	Float64: kindOf("float64", 8, func(b []byte) float64 { return math.Float64frombits(binary.LittleEndian.Uint64(b)) }),
	Uint16:  kindOf("uint16", 2, binary.LittleEndian.Uint16),
	Uint32:  kindOf("uint32", 4, binary.LittleEndian.Uint32),
	Int64:   kindOf("int64", 8, func(b []byte) int64 { return int64(binary.LittleEndian.Uint64(b)) }),
	Uint64:  kindOf("uint64", 8, binary.LittleEndian.Uint64),
}

type number interface {
	uint8 | int16 | int32 | float32 | float64 | uint16 | uint32 | int64 | uint64
}

func kindOf[T number](name string, size int, get func([]byte) T) kind {
	const some = 1 << 14 // elements from one pause to the next
	return kind{name, size,
		func(data []byte, p pause) iter.Seq[float64] {
			return func(yield func(float64) bool) {
				for part := range slices.Chunk(data, some*size) {
					for ; len(part) >= size; part = part[size:] {
						if !yield(float64(get(part))) {
							return
						}
					}
					p(some * elementCost)
				}
			}
		},
		func(data []byte, p pause) (string, string) {
			least := get(data)
			most := least
			for part := range slices.Chunk(data, some*size) {
				for ; len(part) >= size; part = part[size:] {
					v := get(part)
					if v != v { // not a number
						return format(v), format(v)
					}
					least, most = min(least, v), max(most, v)
				}
				p(some * elementCost)
			}
			return format(least), format(most)
		},
	}
}

// format writes a number with as many digits as tell it from others of its
// type, and without an exponent unless it is very large or small.
func format[T number](v T) string {
	bits := 64
	switch any(v).(type) {
	case float64:
	case float32:
		bits = 32
	default:
		return fmt.Sprint(v)
	}
	f := float64(v)
	if size := math.Abs(f); size != 0 && (size < 1e-4 || size >= 1e15) {
		return strconv.FormatFloat(f, 'g', -1, bits)
	}
	return strconv.FormatFloat(f, 'f', -1, bits)
}
