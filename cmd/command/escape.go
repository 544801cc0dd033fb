package command

import (
	"strconv"
	"unicode/utf8"
)

// Escape returns text that another program sent, for people to read: each
// character that does not print is written as Go would write it in quotation
// marks, such as \x1b, so that none of them does anything to a terminal. All
// others stay as they are, quotation marks and backslashes too.
func Escape(text string) string { return string(AppendEscaped(nil, text)) }

// AppendEscaped appends what [Escape] returns to b.
func AppendEscaped(b []byte, text string) []byte {
	plain := 0 // how much of text stays as it is
	for plain < len(text) {
		r, size := utf8.DecodeRuneInString(text[plain:])
		if strconv.IsPrint(r) && (r != utf8.RuneError || size > 1) {
			plain += size
			continue
		}
		b = append(b, text[:plain]...)
		start := len(b)
		b = strconv.AppendQuote(b, text[plain:plain+size])
		b = append(b[:start], b[start+1:len(b)-1]...) // without the quotation marks
		text, plain = text[plain+size:], 0
	}
	return append(b, text...)
}
