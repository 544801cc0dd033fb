package command

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Flags are the flags of a command, in the order in which its help lists them.
// The default of a flag is what its variable holds when the flag is added.
type Flags struct {
	program, usage, about string

	set   *flag.FlagSet
	help  []helpLine
	hints map[string]string // by the name of a flag that does not exist
}

// A helpLine is a heading, or a flag under it and what its value is.
type helpLine struct {
	heading  string
	flag     *flag.Flag
	argument string
}

// NewFlags returns an empty set of flags. The help begins with usage, which shows
// how the program is started, and about, which says what it does.
func NewFlags(program, usage, about string) *Flags {
	f := &Flags{program: program, usage: usage, about: about, set: flag.NewFlagSet(program, flag.ContinueOnError), hints: map[string]string{}}
	f.set.SetOutput(io.Discard)
	return f
}

// Heading puts the flags that are added after it under a heading of the help.
func (f *Flags) Heading(heading string) {
	f.help = append(f.help, helpLine{heading: heading})
}

// String adds a flag for a text. Here and below, flag is the flag's name, a space,
// and what the help calls its value; usage says what the flag does, and may have
// several lines.
func (f *Flags) String(p *string, flag, usage string) {
	f.add(&value[string]{p, func(s string) (string, error) { return s, nil }}, flag, usage)
}

// Int adds a flag for a number.
func (f *Flags) Int(p *int, flag, usage string) {
	f.add(&value[int]{p, func(s string) (int, error) {
		n, err := strconv.Atoi(s)
		if errors.Is(err, strconv.ErrRange) {
			return 0, errors.New("write a smaller one")
		}
		if err != nil {
			return 0, errors.New("write a whole number")
		}
		return n, nil
	}}, flag, usage)
}

// Duration adds a flag for a time.
func (f *Flags) Duration(p *time.Duration, flag, usage string) {
	f.add(&value[time.Duration]{p, func(s string) (time.Duration, error) {
		d, err := time.ParseDuration(s)
		if err != nil {
			if _, err := strconv.ParseFloat(s, 64); err == nil {
				return 0, fmt.Errorf("add a unit, as in %ss or %sms", s, s)
			}
			if isWhole(strings.TrimRight(s, "hms")) {
				return 0, errors.New("write a shorter one; the longest is 2562047h")
			}
			return 0, errors.New("write a number with a unit, as in 5s or 100ms")
		}
		return d, nil
	}}, flag, usage)
}

func isWhole(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// Bool adds a flag without a value, which is on if it is given.
func (f *Flags) Bool(p *bool, name, usage string) {
	f.set.BoolVar(p, name, *p, usage)
	f.help = append(f.help, helpLine{flag: f.set.Lookup(name)})
}

func (f *Flags) add(v flag.Value, flag, usage string) {
	name, argument, _ := strings.Cut(flag, " ")
	f.set.Var(v, name, usage)
	f.help = append(f.help, helpLine{flag: f.set.Lookup(name), argument: argument})
}

// Hint says what to do instead of giving a flag that does not exist.
func (f *Flags) Hint(name, hint string) { f.hints[name] = hint }

// Given reports whether a flag was on the command line.
func (f *Flags) Given(name string) (given bool) {
	f.set.Visit(func(g *flag.Flag) { given = given || g.Name == name })
	return given
}

// errAnswered means that the command line asked for the help or the version,
// which has been printed.
var errAnswered = errors.New("the command line is answered")

// Parse reads the command line and returns the arguments after the flags. For -h
// and -version it prints the answer on stdout and returns an error. All of its
// errors are for [UsageStatus].
func (f *Flags) Parse(args []string, stdout io.Writer) (rest []string, err error) {
	showVersion := false
	f.Heading("About the program")
	f.Bool(&showVersion, "version", "print the version and exit")
	err = f.set.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		f.printHelp(stdout)
		return nil, errAnswered
	case err != nil:
		return nil, f.plainly(err)
	case showVersion:
		fmt.Fprintln(stdout, f.program, version())
		return nil, errAnswered
	}
	rest = f.set.Args()
	if len(rest) > 1 && len(rest[1]) > 1 && rest[1][0] == '-' {
		first := slices.Concat(args[:len(args)-len(rest)], rest[1:], rest[:1])
		return nil, fmt.Errorf("the flag %s comes after %q; put flags first: %s %s", rest[1], rest[0], f.program, strings.Join(first, " "))
	}
	return rest, nil
}

// plainly returns an error of package flag in plain words.
func (f *Flags) plainly(err error) error {
	if _, name, isBool := strings.Cut(err.Error(), " for -"); isBool && strings.HasPrefix(err.Error(), "invalid boolean ") {
		name, _, _ = strings.Cut(name, ":")
		return fmt.Errorf("-%s takes no value; give -%[1]s alone, or leave it out", name)
	}
	name, unknown := strings.CutPrefix(err.Error(), "flag provided but not defined: -")
	if !unknown {
		return err
	}
	if hint, ok := f.hints[name]; ok {
		return fmt.Errorf("there is no flag -%s; %s", name, hint)
	}
	return fmt.Errorf("there is no flag -%s", name)
}

// printHelp prints how the program is started, what it does, and its flags in
// two columns.
func (f *Flags) printHelp(w io.Writer) {
	fmt.Fprintf(w, "usage: %s\n\n%s\n", f.usage, f.about)
	names, width := make([]string, len(f.help)), 0
	for i, line := range f.help {
		if line.flag != nil {
			names[i] = strings.TrimSpace("-" + line.flag.Name + " " + line.argument)
			width = max(width, len(names[i]))
		}
	}
	for i, line := range f.help {
		if line.flag == nil {
			fmt.Fprintf(w, "\n%s:\n", line.heading)
			continue
		}
		usage := line.flag.Usage
		if d := line.flag.DefValue; d != "" && d != "false" && d != "0" && d != "0s" {
			usage += " (default " + d + ")"
		}
		usage = strings.ReplaceAll(usage, "\n", "\n"+strings.Repeat(" ", width+4))
		fmt.Fprintf(w, "  %-*s  %s\n", width, names[i], usage)
	}
}

// A value is a flag's variable, and how it is read.
type value[T any] struct {
	p     *T
	parse func(string) (T, error)
}

func (v *value[T]) String() string {
	if v.p == nil {
		return "" // package flag calls this on an empty value, too
	}
	return fmt.Sprint(*v.p)
}

func (v *value[T]) Set(s string) (err error) {
	x, err := v.parse(s)
	if err == nil {
		*v.p = x
	}
	return err
}
