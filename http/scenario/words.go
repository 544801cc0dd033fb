package scenario

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// rest is the rest of a statement, and what was found wrong with it first.
type rest struct {
	words []word
	err   error
}

func (w *rest) fail(format string, args ...any) {
	if w.err == nil {
		w.err = fmt.Errorf(format, args...)
	}
}

// end returns what is wrong.
func (w *rest) end() error {
	if len(w.words) > 0 {
		w.fail("%q is one word too many", w.words[0].text)
	}
	return w.err
}

// word takes the next word.
func (w *rest) word(what string) string {
	if len(w.words) == 0 {
		w.fail("%s is missing", what)
		return ""
	}
	next := w.words[0]
	w.words = w.words[1:]
	return next.text
}

func (w *rest) quoted() string {
	if len(w.words) > 0 && !w.words[0].quoted {
		w.fail("put what is sent into quotes, like %q", w.words[0].text)
	}
	return w.word("what is sent, in quotes,")
}

// takes takes the next word if it is this one.
func (w *rest) takes(word string) bool {
	if len(w.words) == 0 || w.words[0].text != word {
		return false
	}
	w.words = w.words[1:]
	return true
}

func (w *rest) keyword(word string) {
	if !w.takes(word) {
		w.fail("the word %q is missing", word)
	}
}

func (w *rest) choice(choices ...string) string {
	given := w.word(strings.Join(choices, " or "))
	for _, c := range choices {
		if given == c {
			return c
		}
	}
	w.fail("%q is neither of %s", given, strings.Join(choices, " and "))
	return ""
}

func (w *rest) number(least, most int) int {
	given := w.word("a number")
	n, err := strconv.Atoi(given)
	switch {
	case err != nil:
		w.fail("%q is not a number", given)
	case n < least || n > most:
		w.fail("%d is not from %d to %d", n, least, most)
	}
	return n
}

func (w *rest) seed() uint64 {
	given := w.word("the number of a seed")
	n, err := strconv.ParseUint(given, 10, 64)
	if err != nil || n == 0 {
		w.fail("%q is not the number of a seed, from 1 on", given)
	}
	return n
}

func (w *rest) time(least, most time.Duration) time.Duration {
	given := w.word("a time")
	d, err := time.ParseDuration(given)
	switch {
	case err != nil:
		w.fail("%q is not a time like 100ms or 1.5s", given)
	case d < least || d > most:
		w.fail("%v is not from %v to %v", d, least, most)
	}
	return d
}
