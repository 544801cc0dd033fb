package main

import (
	"bufio"
	"encoding/binary"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sockhttp/cmd/command"
	"sockhttp/cmd/internal/commandtest"
)

func TestMain(m *testing.M) { commandtest.Main(m, main) }

// exchange is an array of bytes of (1, width, 1), and a command.
func exchange(data, command string) string {
	var b []byte
	for _, v := range []int{3, 1, len(data), 1, 1, len(data)} {
		b = binary.LittleEndian.AppendUint32(b, uint32(v))
	}
	return string(b) + data + command + "\n"
}

// The lines of the server, and of what it answers; images go to -out.
func TestLines(t *testing.T) {
	out := t.TempDir()
	p := commandtest.Start(t, commandtest.Program("-out", out, "0"))
	if got := p.Ask(t, exchange("abc", "mean")+exchange("abc", "image")+exchange("abc", "halt\x1b[2J")); got != "98\nimage-1.png, 3 x 1\nerror: \"halt\\x1b[2j\" is not a command; send one of size, total, mean, min, max, stddev, histogram, image, help\n" {
		t.Errorf("answered %q", got)
	}
	if _, err := os.Stat(filepath.Join(out, "image-1.png")); err != nil {
		t.Error(err)
	}
	p.Signal(t, os.Interrupt)
	if status := p.End(); status != 0 {
		t.Errorf("the exit status is %d", status)
	}
	if got, want := p.Printed.String(), "mean: 98\nimage: image-1.png, 3 x 1\n"; got != want {
		t.Errorf("stdout is\n%s\nwant\n%s", got, want)
	}
	want := `^SOCKSERVER: Server listening on port \d+
sockserver: ask it about a picture with sockclient -port ` + p.Port + ` -command mean FILE; Ctrl-C stops the server
LISTENERCALLBACK: Client connection established on LUN 101
SOCKSERVER: LUN 101: mean, 3 bytes, [\d.]+[nµm]?s
SOCKSERVER: LUN 101: image, 19 bytes, [\d.]+[nµm]?s
SOCKSERVER: LUN 101: refused, \d+ bytes, [\d.]+[nµm]?s
sockserver: stopping when the replies under way are sent, within 5s; press Ctrl-C again to stop now
$`
	if !regexp.MustCompile(want).MatchString(p.Logged.String()) {
		t.Errorf("stderr is\n%s\nwant\n%s", &p.Logged, want)
	}
}

// What the server says about its use is how a client reaches it.
func TestUse(t *testing.T) {
	for host, want := range map[string]string{
		"localhost": "ask it about a picture with sockclient -port PORT -command mean FILE;",
		"127.0.0.1": "ask it about a picture with sockclient -server 127.0.0.1 -port PORT -command mean FILE;",
		"0.0.0.0":   "ask it about a picture with sockclient -port PORT -command mean FILE; on another machine, add -server " + command.Elsewhere("0.0.0.0") + ";",
	} {
		p := commandtest.Start(t, commandtest.Program("-host", host, "0"))
		p.Signal(t, os.Interrupt)
		p.End()
		want = strings.Replace(want, "PORT", p.Port, 1)
		if host == "0.0.0.0" && command.Elsewhere(host) == "" {
			want, _, _ = strings.Cut(want, "; on another")
		}
		if !strings.Contains(p.Logged.String(), want) {
			t.Errorf("on %s, stderr lacks %q:\n%s", host, want, &p.Logged)
		}
	}
}

// Mistakes get one line, which says what to do, as those of the other server
// do.
func TestMistakes(t *testing.T) {
	for _, test := range []struct {
		args   string
		status int
		want   string
	}{
		{"-out no/such/folder 0", 1, `cannot write to the directory "no/such/folder": `},
		{"-dir . 0", 2, "there is no flag -dir; see sockserver -h"},
		{"many", 2, `"many" is not a port`},
		{"-host 192.0.2.1 0", 1, "192.0.2.1"}, // an address that no machine has
		{"-as-posted -max-clients 29", 2, "more than the 28 units"},
	} {
		var stdout, stderr strings.Builder
		status := run(strings.Fields(test.args), &stdout, &stderr)
		line := stderr.String()
		if status != test.status || !strings.Contains(line, test.want) || strings.Count(line, "\n") != 1 || !strings.HasPrefix(line, "sockserver: ") || stdout.Len() > 0 {
			t.Errorf("%s: status %d and %q, want %d and a line with %q", test.args, status, line, test.status, test.want)
		}
	}
	var stdout, stderr strings.Builder
	if status := run([]string{"-h"}, &stdout, &stderr); status != 0 || !strings.Contains(stdout.String(), "(default 21038)") || !strings.Contains(stdout.String(), "-out DIRECTORY") || strings.Contains(stdout.String(), "-dir") {
		t.Errorf("-h: status %d and\n%s", status, &stdout)
	}
}

// With -step it runs when the input has ended. With -slow it answers all the same, and
// a signal ends a poll that would take hours.
func TestSlowAndStep(t *testing.T) {
	for _, test := range []struct{ args, logs string }{
		{"-slow 2 -step 0", "sockserver: the input has ended, and the server runs\n"},
		{"-slow 1000000 -as-posted -interval 1ns 0", "sockserver: stopping when "},
	} {
		program := commandtest.Program(strings.Fields(test.args)...)
		program.Stdin = strings.NewReader("\n")
		p := commandtest.Start(t, program)
		c := p.Dial(t, exchange("abc", "mean"))
		if got, err := bufio.NewReader(c).ReadString('\n'); got != "98\n" {
			t.Errorf("%s: answered %q, %v", test.args, got, err)
		}
		c.Close() // or the server would wait for another array
		p.Signal(t, os.Interrupt)
		if status := p.End(); status != 0 || !strings.Contains(p.Logged.String(), test.logs) {
			t.Errorf("%s: the exit status is %d, and stderr\n%s", test.args, status, &p.Logged)
		}
	}
}
