package command

import "testing"

func TestWhatDoesNotPrintIsEscaped(t *testing.T) {
	for in, want := range map[string]string{
		`"mean" é \`:        `"mean" é \`,
		"GET /é HTTP/1.1":   "GET /é HTTP/1.1",
		"\x1b]0;x\a\x1b[2J": `\x1b]0;x\a\x1b[2J`,
		"\xff\u202e\r\n":    `\xff\u202e\r\n`,
		"\ufffd":            "\ufffd",
		"":                  "",
	} {
		if got := Escape(in); got != want {
			t.Errorf("%q is shown as %s, want %s", in, got, want)
		}
		if got := string(AppendEscaped([]byte("before "), in)); got != "before "+want {
			t.Errorf("%q is appended as %s, want before %s", in, got, want)
		}
	}
}
