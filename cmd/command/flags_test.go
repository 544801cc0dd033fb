package command

import (
	"errors"
	"runtime/debug"
	"strings"
	"testing"
	"time"
)

// testFlags has a flag of each kind.
func testFlags() *Flags {
	name, count, pause, loud := "here", 3, time.Second, false
	f := NewFlags("prog", "prog [flags] [file]", "Does something.")
	f.Heading("What")
	f.String(&name, "name WORD", "use this\nword")
	f.Int(&count, "count NUMBER", "use so many")
	f.Heading("How")
	f.Duration(&pause, "pause TIME", "wait so long")
	f.Bool(&loud, "loud", "be heard")
	f.Hint("file", "the file is the last argument, as in prog x")
	return f
}

func TestTheHelpHasTheFlagsInTheirOrderWithUnitsAndDefaults(t *testing.T) {
	const want = `usage: prog [flags] [file]

Does something.

What:
  -name WORD     use this
                 word (default here)
  -count NUMBER  use so many (default 3)

How:
  -pause TIME    wait so long (default 1s)
  -loud          be heard

About the program:
  -version       print the version and exit
`
	var help strings.Builder
	if _, err := testFlags().Parse([]string{"-h"}, &help); err != errAnswered || help.String() != want {
		t.Errorf("%v and\n%s\nwant\n%s", err, &help, want)
	}
}

func TestFlagsThatCannotBeReadSayWhatToWrite(t *testing.T) {
	for args, want := range map[string]string{
		"-pause 5":                    `invalid value "5" for flag -pause: add a unit, as in 5s or 5ms`,
		"-pause soon":                 `invalid value "soon" for flag -pause: write a number with a unit, as in 5s or 100ms`,
		"-pause":                      "flag needs an argument: -pause",
		"-count 99999999999999999999": `invalid value "99999999999999999999" for flag -count: write a smaller one`,
		"-count 1.5":                  `invalid value "1.5" for flag -count: write a whole number`,
		"-other":                      "there is no flag -other",
		"--file=x":                    "there is no flag -file; the file is the last argument, as in prog x",
		"x -loud":                     `the flag -loud comes after "x"; put flags first: prog -loud x`,
		"-loud x -count 4":            `the flag -count comes after "x"; put flags first: prog -loud -count 4 x`,
		"-loud -- -x":                 "",
		"-loud x":                     "",
		"-loud x -":                   "",
		"-name= -count 4":             "",
	} {
		rest, err := testFlags().Parse(strings.Fields(args), nil)
		if err == nil {
			err = errors.New("")
		}
		if err.Error() != want {
			t.Errorf("%s: %v and %q, want %q", args, rest, err, want)
		}
	}
}

func TestTheVersionIsWhatTheProgramWasBuiltFrom(t *testing.T) {
	want := "(unknown)"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		want = info.Main.Version
	}
	var printed strings.Builder
	if _, err := testFlags().Parse([]string{"-version"}, &printed); err != errAnswered || printed.String() != "prog "+want+"\n" {
		t.Errorf("%v and %q, want %q", err, &printed, want)
	}
}
