package main

import (
	"os"
	"regexp"
	"testing"
)

// The line that tells where the server is tells where the page of -watch is, and
// warns if other machines reach it.
func TestWhereThePageIs(t *testing.T) {
	for address, want := range map[string]string{
		"0":         `; watch it at http://localhost:\d+/; Ctrl-C stops the server\r?\n`,
		"0.0.0.0:0": `; watch it at http://localhost:\d+/ \(WARNING: whoever reaches that address can pause this server\); Ctrl-C stops the server\r?\n`,
	} {
		p := start(t, "-watch", address)
		p.Signal(t, os.Interrupt)
		if status := p.End(); status != 0 || !regexp.MustCompile(want).MatchString(p.Logged.String()) {
			t.Errorf("-watch %s: status %d and %q, want %s", address, status, &p.Logged, want)
		}
	}
}
