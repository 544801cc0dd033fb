package handler

import (
	"html"
	"net/url"
	"testing"
)

// Every byte is escaped as packages html and net/url do it.
func TestEscaping(t *testing.T) {
	names := []string{"", "ünï", "\xff&'", "a/"}
	for c := range 256 {
		names = append(names, "x"+string([]byte{byte(c)})+"y")
	}
	for _, name := range names {
		if got, want := string(appendText(nil, name)), html.EscapeString(name); got != want {
			t.Errorf("the text of %q is %q, want %q", name, got, want)
		}
		link := url.URL{Path: "./" + name}
		if got, want := "./"+string(appendLink(nil, name)), html.EscapeString(link.String()); got != want {
			t.Errorf("the link to %q is %q, want %q", name, got, want)
		}
	}
}
