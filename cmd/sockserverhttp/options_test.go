package main

import (
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"
)

// Mistakes get one line, which says what to do, and a status that scripts can
// tell from success.
func TestMistakes(t *testing.T) {
	taken, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, port, _ := net.SplitHostPort(taken.Addr().String())
	file := filepath.Join(folder(t), "hello.txt")
	for _, test := range []struct {
		args   string
		status int
		want   string
	}{
		{port, 1, "port " + port + " is in use by another program; choose another port, or 0 for any free one"},
		{"-dir no/such/folder 0", 1, `cannot serve the directory "no/such/folder": `},
		{"-dir " + file + " 0", 1, "; name another with -dir"},
		{"-host no-such-host.invalid 0", 1, "cannot listen on no-such-host.invalid"},
		{"-host 192.0.2.1 0", 1, "cannot listen on 192.0.2.1: "},
		{"-host 192.0.2.1 0", 1, "; give -host a name or address of this machine"},
		{"eighty", 2, `"eighty" is not a port; give a number from 0 to 65535`},
		{filepath.Dir(file), 2, fmt.Sprintf("%q is a directory, but the last argument is the port; use -dir %[1]s", filepath.Dir(file))},
		{"-interval 5", 2, "-interval: add a unit, as in 5s or 5ms"},
		{"65536", 2, `"65536" is not a port`},
		{"-1", 2, "-1"},
		{"8000 -q", 2, `the flag -q comes after "8000"; put flags first: sockserverhttp -q 8000`},
		{"-port 8000", 2, "there is no flag -port; the port is the last argument, as in sockserverhttp 8000"},
		{"sub 8001", 2, `"sub" is not a port, which stands last and alone; a file or directory is given with a flag`},
		{"-interval 999999999999999999999ms", 2, "-interval: write a shorter one; the longest is 2562047h"},
		{"-interval 99999999h", 2, "-interval: write a shorter one; the longest is 2562047h"},
		{"-host localhost:80 8001", 1, `the host "localhost:80" has a port in it; give the host alone, and 80 as the last argument`},
		{"8000 8001", 2, `"8001" is one argument too many; give the port alone`},
		{"-interval 0s", 2, "-interval 0s is too short; give a time above 0s"},
		{"-interval soon", 2, "-interval: write a number with a unit, as in 5s or 100ms"},
		{"-max-clients many", 2, "-max-clients: write a whole number"},
		{"-listen-wait -1s", 2, "-listen-wait -1s is negative; give 0s or more"},
		{"-poll-wait -1s", 2, "-poll-wait -1s is negative; give 0s or more"},
		{"-max-clients 0", 2, "-max-clients 0 is too few; give 1 or more"},
		{"-as-posted -max-clients 29", 2, "more than the 28 units"},
		{"-as-posted -files", 2, "-as-posted and -files contradict each other"},
		{"-blocking", 2, "-blocking needs -as-posted; otherwise no client is waited for"},
		{"-blocking -files", 2, "-blocking needs -as-posted"},
		{"-as-posted -tls", 2, "-as-posted and -tls contradict each other, since the post's bytes are not encrypted; give one of them"},
		{"-cert c.pem -key k.pem", 2, "-cert and -key need -tls"},
		{"-tls -cert c.pem", 2, "-cert and -key go together; give both, or neither"},
		{"-tls -cert no/such -key no/such 0", 1, `cannot use the certificate "no/such" with the key "no/such": open no/such: `},
		{"-tls -cert options_test.go -key options_test.go 0", 1, "; give two PEM files that belong together, or leave -cert and -key out"},
		{"-dotfiles", 2, "-dotfiles needs -files"},
		{"-files=maybe", 2, "-files takes no value; give -files alone, or leave it out"},
		{"-allow-host , 0", 2, "-allow-host has no name; give one, or leave the flag out"},
		{"-allow-host http://nas.example/ 0", 2, `-allow-host "http://nas.example/" is not the name of a host`},
		{"-allow-host *.nas.example 0", 2, `-allow-host "*.nas.example" is not the name of a host`},
		{"-slow 0", 2, "-slow 0 is not possible; give a number from 1 to 1000000"},
		{"-slow 1000001", 2, "-slow 1000001 is not possible"},
		{"-q -step", 2, "-q and -step contradict each other"},
		{"-tls -step", 2, "-slow and -step do not go with -tls, whose routine is not on the loop"},
		{"-watch eighty 0", 2, `-watch "eighty" is not a port; give a number from 0 to 65535, or an address`},
		{"-watch :8001 0", 2, `-watch ":8001" is not a port`},
		{"-watch 65536 0", 2, `-watch "65536" is not a port`},
		{"-watch 8001 -tls 0", 2, "-watch cannot show a server with -tls"},
		{"-watch " + port + " 0", 1, "cannot show the page on localhost:" + port + ": "},
		{"-q -v", 2, "-q and -v contradict each other"},
	} {
		var stdout, stderr strings.Builder
		status := run(strings.Fields(test.args), &stdout, &stderr)
		line := stderr.String()
		if status != test.status || !strings.Contains(line, test.want) || strings.Count(line, "\n") != 1 || !strings.HasPrefix(line, "sockserverhttp: ") {
			t.Errorf("%s: status %d and %q, want %d and a line with %q", test.args, status, line, test.status, test.want)
		}
		if stdout.Len() > 0 {
			t.Errorf("%s: printed %q", test.args, &stdout)
		}
	}
}

func TestHelpAndVersion(t *testing.T) {
	var stdout, stderr strings.Builder
	if status := run([]string{"-h"}, &stdout, &stderr); status != 0 || stderr.Len() > 0 {
		t.Errorf("-h: status %d, %q", status, &stderr)
	}
	for _, want := range []string{"usage: sockserverhttp [flags] [PORT]", "-host", "-dir", "-as-posted", "-files", "-dotfiles", "-blocking", "-tls", "-cert", "-key", "-interval", "-listen-wait", "-poll-wait", "-max-clients", "-allow-host", "-watch", "-q ", "-v ", "-version", "8000", "100ms", "10ms", "1024"} {
		if !strings.Contains(stdout.String(), want) {
			t.Errorf("the help lacks %q:\n%s", want, &stdout)
		}
	}
	stdout.Reset()
	if status := run([]string{"-version"}, &stdout, &stderr); status != 0 || !strings.HasPrefix(stdout.String(), "sockserverhttp ") || strings.Count(stdout.String(), "\n") != 1 {
		t.Errorf("-version: status %d, %q", status, &stdout)
	}
}
