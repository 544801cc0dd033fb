package command

import "testing"

func TestEscapeText(t *testing.T) {
	for in, want := range map[string]string{
		`"mean" é \`:        `"mean" é \`,
		"\x1b]0;x\a\x1b[2J": `\x1b]0;x\a\x1b[2J`,
		"\xff\u202e\n":      `\xff\u202e\n`,
		"":                  "",
	} {
		if got := Escape(in); got != want {
			t.Errorf("%q is shown as %s, want %s", in, got, want)
		}
	}
}
