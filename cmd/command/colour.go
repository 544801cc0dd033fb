package command

import (
	"bytes"
	"io"
	"os"
	"slices"
	"strconv"
)

// colours are those of the units, one after the other, in the terminal's own
// palette: magenta, cyan, green, yellow, blue, red.
var colours = []string{"\x1b[35m", "\x1b[36m", "\x1b[32m", "\x1b[33m", "\x1b[34m", "\x1b[31m"}

const (
	bold   = "\x1b[1m" // the listener's
	normal = "\x1b[0m"
)

// hasColours reports whether w shows colours, and its user has not said no: see
// no-color.org.
func hasColours(w io.Writer) bool {
	return os.Getenv("NO_COLOR") == "" && obeysEscapes(w)
}

// obeysEscapes reports whether w is a terminal that can be told what to do with
// what it shows.
func obeysEscapes(w io.Writer) bool {
	return IsTerminal(w) && os.Getenv("TERM") != "dumb" && enableEscapes(w)
}

// colourUnit gives the unit in a timeline's line its colour.
func colourUnit(line []byte, lun int) []byte {
	colour := bold
	if lun > 100 {
		colour = colours[(lun-101)%len(colours)]
	}
	unit := strconv.Itoa(lun)
	time := bytes.IndexByte(line, '.') + len(".000000")
	at := time + bytes.Index(line[time:], []byte(unit))
	return slices.Replace(line, at, at+len(unit), []byte(colour+unit+normal)...)
}
