package main

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// The bar is as long as its part, and 1 GB has room in it.
func TestBar(t *testing.T) {
	b := &bar{name: "out.jpg"}
	for _, test := range []struct {
		come, of int64
		want     string
	}{
		{0, 715_088, "out.jpg [                              ]   0% of 0.7 MB"},
		{357_544, 715_088, "out.jpg [===============               ]  50% of 0.7 MB"},
		{1 << 30, 1 << 30, "out.jpg [==============================] 100% of 1073.7 MB"},
		{0, 0, "out.jpg [==============================] 100% of 0.0 MB"},
	} {
		if got := b.line(test.come, test.of); got != test.want {
			t.Errorf("%d of %d is %q, want %q", test.come, test.of, got, test.want)
		}
	}
	var quiet bytes.Buffer
	b = newBar(&quiet, "out.jpg")
	b.show(1, 1)
	b.end()
	if quiet.Len() > 0 {
		t.Errorf("to no terminal, %q is shown", &quiet)
	}
}

// A terminal is shown a line that has changed every 50 ms at most, and the last one at
// once.
func TestBarOnATerminal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var shown strings.Builder
		b := &bar{to: &shown, name: "out.jpg", on: true}
		b.end()
		if shown.Len() > 0 {
			t.Errorf("%q is shown before anything has come", &shown)
		}
		for _, test := range []struct {
			after time.Duration
			come  int64
			want  string
		}{
			{0, 0, "  0%"},
			{49 * time.Millisecond, 400, ""},
			{time.Millisecond, 500, " 50%"},
			{time.Second, 501, ""}, // the line is the same
			{time.Second, 600, " 60%"},
			{0, 1000, "100%"},
			{0, 1000, ""},
		} {
			time.Sleep(test.after)
			shown.Reset()
			b.show(test.come, 1000)
			want := ""
			if test.want != "" {
				want = "\r" + b.line(test.come, 1000) + "\x1b[K"
			}
			if got := shown.String(); got != want || !strings.Contains(got, test.want) {
				t.Errorf("of %d bytes %q is shown, want %q", test.come, got, want)
			}
		}
		shown.Reset()
		b.end()
		if shown.String() != "\n" {
			t.Errorf("in the end %q is shown", &shown)
		}
	})
}
