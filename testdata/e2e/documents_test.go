package e2e

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	nethttp "net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// commands are the lines of a document that start with one of these words, indented
// as its examples are or within backquotes, each once.
func commands(t *testing.T, document string, words ...string) (found []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, document))
	if err != nil {
		t.Fatal(err)
	}
	start := regexp.MustCompile("(?m)(?:^ {4,}|`)((?:" + strings.Join(words, "|") + ") [^`\n]*)")
	for _, match := range start.FindAllStringSubmatch(string(text), -1) {
		if command := strings.TrimSpace(match[1]); !slices.Contains(found, command) {
			found = append(found, command)
		}
	}
	return found
}

// TestCommands runs every command of the documents, the long ones in less time, and
// servers on a free port. Those of an exercise must fail: its solution is missing.
func TestCommands(t *testing.T) {
	names, err := filepath.Glob(filepath.Join(root, "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	ran := map[string]bool{}
	for _, name := range names {
		document := filepath.Base(name)
		for _, command := range commands(t, document, "go test", "go run", "go doc") {
			if !ran[command] {
				ran[command] = true
				t.Run(command, func(t *testing.T) { runCommand(t, document, strings.Fields(command)) })
			}
		}
	}
	if len(ran) < 20 {
		t.Errorf("there are %d commands in the documents; are they found?", len(ran))
	}
}

func runCommand(t *testing.T, document string, words []string) {
	command := strings.Join(words, " ")
	mustFail := false
	switch {
	case words[1] == "run":
		runProgram(t, document, words[2], words[3:])
		return
	case slices.Contains(words, "./..."):
		// .ci/run does it, as this would take minutes.
		checks, err := os.ReadFile(filepath.Join(root, ".ci", "run"))
		line := regexp.MustCompile(`(?m)^` + strings.Join(words, " (.* )?"))
		if err != nil || !line.Match(checks) {
			t.Errorf("%s: .ci/run has no %q: %v", document, command, err)
		}
		return
	case words[1] == "test":
		mustFail = slices.Contains(words, "-mine")
		words = shorten(words)
	}
	c := exec.Command(words[0], words[1:]...)
	c.Dir = root
	said, err := c.CombinedOutput()
	switch failed := err != nil; {
	case failed && strings.Contains(string(said), "build failed"), failed != mustFail:
		t.Errorf("%s: %s: %v\n%s", document, command, err, said)
	case strings.Contains(string(said), "no tests to run"), strings.Contains(string(said), "no test files"), words[1] == "test" && slices.Contains(words, "-bench") && !strings.Contains(string(said), "Benchmark"):
		t.Errorf("%s: %s finds nothing to run:\n%s", document, command, said)
	}
}

// shorten has a test take less time, and write nothing.
func shorten(words []string) []string {
	words = slices.DeleteFunc(slices.Clone(words), func(word string) bool { return word == "-update" })
	for i, word := range words {
		if word == "-seeds" {
			words[i+1] = "20"
		}
	}
	if at := slices.Index(words, "-bench"); at > 0 {
		words[at+1] = strings.Trim(words[at+1], "'")
		words = append(words, "-benchtime", "1x")
		if !slices.Contains(words, "-run") {
			words = append(words, "-run", "^$")
		}
	}
	for i := range words {
		words[i] = strings.Trim(words[i], "'")
	}
	return words
}

// runProgram runs a program of the module with the arguments of a document. One
// that measures for minutes need only know its flags. A server must say that it
// listens and end, and a client is given a server to ask.
func runProgram(t *testing.T, document, name string, args []string) {
	for i, arg := range args {
		if strings.HasPrefix(arg, "~") {
			args[i] = t.TempDir()
		}
	}
	switch filepath.Base(name) {
	case "sockclient":
		args = append([]string{"-wait", "5s"}, args...)
		if at := slices.Index(args, "-o"); at >= 0 {
			args[at+1] = filepath.Join(t.TempDir(), args[at+1])
		}
		port := startServer(t, "./cmd/sockserver")
		if at := slices.Index(args, "-get"); at >= 0 {
			port = startServer(t, "./cmd/sockserverhttp", "-dir", "testdata")
			args[at+1] = strings.Replace(args[at+1], ":8000", ":"+port, 1)
		} else {
			args = append([]string{"-port", port}, args...)
		}
	case "sockserver", "sockserverhttp", "hello":
		if at := slices.Index(args, "-watch"); at >= 0 {
			args[at+1] = "0"
		}
		startServer(t, name, args...)
		return
	default:
		args = append(args, "-h")
	}
	c := exec.Command(build(t, name), args...)
	c.Dir = root
	if said, err := c.CombinedOutput(); err != nil {
		t.Errorf("%s: %s: %v\n%s", document, name, err, said)
	}
}

// build builds a program of the module, once.
func build(t *testing.T, name string) (executable string) {
	t.Helper()
	executable = filepath.Join(filepath.Dir(program), "documents", filepath.Base(name)+".exe")
	if _, err := os.Stat(executable); err == nil {
		return executable
	}
	c := exec.Command("go", "build", "-o", executable, name)
	c.Dir = root
	if said, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, said)
	}
	return executable
}

// startServer starts a server of the module on a free port, or on the one that its
// arguments end with, until the test ends.
func startServer(t *testing.T, name string, args ...string) (port string) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	c := exec.CommandContext(ctx, build(t, name), append(args, "0")...)
	c.Dir = root
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	stderr, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(stderr)
	line, _ := lines.ReadString('\n')
	_, port, listens := strings.Cut(strings.TrimSpace(line), ": Server listening on port ")
	t.Cleanup(func() {
		stop()
		rest, _ := io.ReadAll(lines)
		// It may be interrupted before it knows what to do then.
		if err := c.Wait(); c.ProcessState.ExitCode() > 0 {
			t.Errorf("%s %q: %v\n%s%s", name, args, err, line, rest)
		}
	})
	if !listens {
		t.Errorf("%s %q: its first line is %q", name, args, line)
	}
	return port
}

// TestAProgramOutside builds testdata/hello in a directory of its own, with the
// lines of README.md, and has it greet.
func TestAProgramOutside(t *testing.T) {
	here, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile(filepath.Join(root, "testdata", "hello", "main.go"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.go"), source, 0o666); err != nil {
		t.Fatal(err)
	}
	lines := commands(t, "README.md", "go mod")
	if len(lines) != 3 {
		t.Fatalf("the lines are %q, want three", lines)
	}
	for _, line := range append(lines, "go build -o hello.exe .") {
		words := strings.Fields(strings.Replace(line, "../sockhttp", here, 1))
		c := exec.Command(words[0], words[1:]...)
		c.Dir = dir
		c.Env = append(os.Environ(), "GOWORK=off")
		if said, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", line, err, said)
		}
	}

	c := exec.Command(filepath.Join(dir, "hello.exe"), "-v", "-as-posted", "0")
	stderr, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	said := bufio.NewReader(stderr)
	first, _ := said.ReadString('\n')
	_, port, _ := strings.Cut(strings.TrimSpace(first), "port ")
	second, _ := said.ReadString('\n')
	_, page, _ := strings.Cut(second, "watch it at ")
	page, _, _ = strings.Cut(page, ";")
	if reply, err := nethttp.Get(page); err != nil || reply.StatusCode != nethttp.StatusOK {
		t.Errorf("its page %q: %v, %v", page, reply, err)
	} else {
		reply.Body.Close()
	}
	conn, err := net.DialTimeout("tcp", "localhost:"+port, 5*time.Second)
	if err != nil {
		t.Fatalf("%v; it said %q", err, first)
	}
	fmt.Fprintln(conn, "world")
	answer, err := io.ReadAll(conn)
	conn.Close()
	if string(answer) != "hello, world\n" || err != nil {
		t.Errorf("it answered %q, %v", answer, err)
	}
	c.Process.Signal(os.Interrupt)
	rest, _ := io.ReadAll(said)
	if err := c.Wait(); err != nil {
		t.Errorf("it ended with %v", err)
	}
	for _, want := range []string{"ServerCallback", "HELLO: LUN 101: greeted, 13 bytes", "hello: stopping"} {
		if !strings.Contains(string(rest), want) {
			t.Errorf("it did not print %q but\n%s", want, rest)
		}
	}
}
