package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	nethttp "net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"sockhttp/cmd/command"
	"sockhttp/cmd/internal/commandtest"
)

func TestMain(m *testing.M) { commandtest.Main(m, main) }

// start starts the program on a free port, which goes after args, and waits
// until it listens.
func start(t *testing.T, args ...string) *commandtest.Process {
	t.Helper()
	return commandtest.Start(t, commandtest.Program(append(args, "0")...))
}

const request = "GET /hello.txt HTTP/1.1\r\nHost: localhost\r\n\r\n"

// folder is a folder to serve.
func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "hello.txt"), "hello\n")
	return dir
}

func write(t *testing.T, name, data string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(data), 0o666); err != nil {
		t.Fatal(err)
	}
}

// The lines that others script against.
func TestLines(t *testing.T) {
	p := start(t, "-dir", folder(t))
	if reply := p.Ask(t, request); !strings.HasPrefix(reply, "HTTP/1.1 200 OK\r\n") || !strings.HasSuffix(reply, "\r\n\r\nhello\n") {
		t.Errorf("answered %q", reply)
	}
	if reply := p.Ask(t, "GET /\u009b31m\"\\é HTTP/1.1\r\nHost: localhost\r\n\r\n"); !strings.HasPrefix(reply, "HTTP/1.1 404 ") {
		t.Errorf("answered %q", reply)
	}
	p.Signal(t, os.Interrupt)
	if status := p.End(); status != 0 {
		t.Errorf("the exit status is %d", status)
	}
	if got, want := p.Printed.String(), "GET /hello.txt HTTP/1.1\n"+`GET /\u009b31m"\é HTTP/1.1`+"\n"; got != want {
		t.Errorf("stdout is\n%s\nwant\n%s", got, want)
	}
	want := `^SOCKSERVERHTTP: Server listening on port \d+
sockserverhttp: open http://localhost:` + p.Port + `/.*; Ctrl-C stops the server
LISTENERCALLBACK: Client connection established on LUN 101
SOCKHTTP: LUN 101: 200 OK, \d+ bytes, [\d.]+[nµm]?s
LISTENERCALLBACK: Client connection established on LUN 101
SOCKHTTP: LUN 101: 404 Not Found, \d+ bytes, [\d.]+[nµm]?s: no such file here; check the name in the address
sockserverhttp: stopping when the replies under way are sent, within 5s; press Ctrl-C again to stop now
$`
	if !regexp.MustCompile(want).MatchString(p.Logged.String()) {
		t.Errorf("stderr is\n%s\nwant\n%s", &p.Logged, want)
	}
}

// The log says why a request was refused, in the words that the client was given or,
// as posted, was not.
func TestRefusalsAreExplained(t *testing.T) {
	for _, args := range [][]string{nil, {"-as-posted"}, {"-files"}} {
		p := start(t, append(args, "-dir", folder(t))...)
		p.Ask(t, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
		p.Ask(t, "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n")
		p.Ask(t, "GET /hello.txt HTTP/1.1\r\nHost: localhost\r\n X: folded\r\n\r\n")
		p.Signal(t, os.Interrupt)
		p.End()
		for _, want := range []string{"400 Bad Request, .*: this is TLS, and ", "421 Misdirected Request, .*: this server does not go by the name \"evil.example\"; ", "400 Bad Request, .*: .*line"} {
			if !regexp.MustCompile(`(?m)LUN 101: ` + want).MatchString(p.Logged.String()) {
				t.Errorf("with %q the log lacks %q:\n%s", args, want, &p.Logged)
			}
		}
	}
}

func TestQuietAndVerbose(t *testing.T) {
	p := start(t, "-q", "-dir", folder(t))
	p.Ask(t, request)
	p.Signal(t, syscall.SIGTERM)
	if status := p.End(); status != 0 || p.Printed.Len() > 0 || strings.Count(p.Logged.String(), "\n") != 3 {
		t.Errorf("-q: status %d and %q, %q; want the two lines of the start and that of the end", status, &p.Printed, &p.Logged)
	}

	p = start(t, "-v", "-dir", folder(t))
	p.Ask(t, request)
	p.Signal(t, os.Interrupt)
	p.End()
	for _, want := range []string{"\n 0.000000  100  ListenerCallback set in 0s\n", "  100  ListenerCallback\n", "  101  ServerCallback\n", "  101  poll, waiting up to ", "  101  routine called\n", "  101  closed\n"} {
		if !strings.Contains(p.Logged.String(), want) {
			t.Errorf("-v lacks %q:\n%s", want, &p.Logged)
		}
	}
}

func TestAsPosted(t *testing.T) {
	p := start(t, "-as-posted", "-dir", folder(t))
	const want = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nhello\n"
	if got := p.Ask(t, request); got != want {
		t.Errorf("answered %q, want %q", got, want)
	}
	if got := p.Ask(t, "HEAD / HTTP/1.1\r\n\r\n"); got != "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n" {
		t.Errorf("answered %q", got)
	}
}

// With -files the folder is listed, connections are kept, and every reply has
// its lines. A signal closes what is kept.
func TestFiles(t *testing.T) {
	dir := folder(t)
	write(t, filepath.Join(dir, ".secret"), "secret\n")
	const host = " HTTP/1.1\r\nHost: localhost\r\n"
	p := start(t, "-files", "-dir", dir)
	kept := p.Dial(t, "GET /"+host+"\r\nGET /hello.txt"+host+"Range: bytes=1-2\r\n\r\nGET /.secret"+host+"\r\nGET /hello.txt\r\nHost: demo.test\r\n\r\n")
	reader := bufio.NewReader(kept)
	for _, want := range []struct {
		status int
		body   string
	}{{200, `<a href="./hello.txt">hello.txt</a>`}, {206, "el"}, {404, "no such file"}, {400, ""}} {
		r, err := nethttp.ReadResponse(reader, nil)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r.Body)
		if r.StatusCode != want.status || !strings.Contains(string(body), want.body) || strings.Contains(string(body), "secret") || err != nil {
			t.Errorf("answered %s, %q, %v; want %d, %q", r.Status, body, err, want.status, want.body)
		}
	}
	for host, want := range map[string]string{"localhost:" + p.Port: "200", "demo.test": "421"} {
		if reply := p.Ask(t, "GET / HTTP/1.1\r\nHost: "+host+"\r\nConnection: close\r\n\r\n"); !strings.HasPrefix(reply, "HTTP/1.1 "+want) {
			t.Errorf("to %s it answered %q", host, reply)
		}
	}
	kept.Close()
	idle := p.Dial(t, request)
	reader.Reset(idle)
	if _, err := nethttp.ReadResponse(reader, nil); err != nil {
		t.Fatal(err)
	}
	p.Signal(t, os.Interrupt)
	if rest, err := io.ReadAll(reader); string(rest) != "hello\n" || err != nil {
		t.Errorf("after the signal %q comes, %v", rest, err)
	}
	idle.Close()
	if status := p.End(); status != 0 {
		t.Errorf("the exit status is %d", status)
	}
	for _, want := range []string{": 200 OK, ", ": 206 Partial Content, ", ": 404 Not Found, ", ": 400 Bad Request, ", "; Ctrl-C", "open http://localhost:" + p.Port + "/;", "FILESERVER: LUN 101: "} {
		if !strings.Contains(p.Logged.String(), want) {
			t.Errorf("stderr lacks %q:\n%s", want, &p.Logged)
		}
	}
	if strings.Contains(p.Logged.String(), "SOCKHTTP:") {
		t.Errorf("SOCKHTTP, which did not answer, is in the log:\n%s", &p.Logged)
	}
	if !strings.HasPrefix(p.Printed.String(), "GET / HTTP/1.1\nGET /hello.txt HTTP/1.1\nGET /.secret HTTP/1.1\nGET /hello.txt\n") {
		t.Errorf("stdout is\n%s", &p.Printed)
	}

	p = start(t, "-files", "-dotfiles", "-dir", dir)
	if reply := p.Ask(t, "GET /.secret HTTP/1.0\r\n\r\n"); !strings.HasSuffix(reply, "\r\n\r\nsecret\n") {
		t.Errorf("with -dotfiles: %q", reply)
	}
}

// A server on every address names one that other machines can use.
func TestAddressForOtherMachines(t *testing.T) {
	host := command.Elsewhere("0.0.0.0")
	if host == "" {
		t.Skip("this machine has no address that others can use")
	}
	for allowed, want := range map[string]string{"": host, "nas.test,demo.test": "nas.test"} {
		args := []string{"-host", "0.0.0.0", "-files", "-dir", folder(t)}
		if allowed != "" {
			args = append(args, "-allow-host", allowed)
		}
		p := start(t, args...)
		p.Signal(t, os.Interrupt)
		p.End()
		if want := "open http://localhost:" + p.Port + "/ or, on another machine, http://" + want + ":" + p.Port + "/; Ctrl-C"; !strings.Contains(p.Logged.String(), want) {
			t.Errorf("stderr lacks %q:\n%s", want, &p.Logged)
		}
	}
}

// A page elsewhere that has its own name resolved to this machine reads
// nothing here.
func TestAllowHostFlag(t *testing.T) {
	ask := func(p *commandtest.Process) string {
		reply, _, _ := strings.Cut(p.Ask(t, "GET /hello.txt HTTP/1.1\r\nHost: demo.test\r\nConnection: close\r\n\r\n"), "\r\n")
		return reply
	}
	dir := folder(t)
	if got := ask(start(t, "-dir", dir)); got != "HTTP/1.1 421 Misdirected Request" {
		t.Errorf("without the flag: %s", got)
	}
	if got := ask(start(t, "-allow-host", "other.test, demo.test", "-dir", dir)); got != "HTTP/1.1 200 OK" {
		t.Errorf("with the flag: %s", got)
	}
	if got := ask(start(t, "-host", "0.0.0.0", "-dir", dir)); got != "HTTP/1.1 200 OK" {
		t.Errorf("on every interface: %s", got)
	}
	if got := ask(start(t, "-host", "0.0.0.0", "-allow-host", "other.test", "-dir", dir)); got != "HTTP/1.1 421 Misdirected Request" {
		t.Errorf("on every interface, with a flag that allows another name: %s", got)
	}
	if got := ask(start(t, "-host", "0.0.0.0", "-files", "-allow-host", "demo.test", "-dir", dir)); got != "HTTP/1.1 200 OK" {
		t.Errorf("on every interface, with the flag: %s", got)
	}
}

// A signal stops new clients and those who have not yet asked; a reply that is
// on its way is sent to its end.
func TestInterruptWhileSending(t *testing.T) {
	for _, flags := range [][]string{nil, {"-files"}} {
		t.Run(fmt.Sprint(flags), func(t *testing.T) { interruptWhileSending(t, flags) })
	}
}

func interruptWhileSending(t *testing.T, flags []string) {
	dir := t.TempDir()
	const size = 40 << 20 // more than the system keeps for both sides
	write(t, filepath.Join(dir, "large"), strings.Repeat("0123456789abcdef", size/16))
	p := start(t, append(flags, "-dir", dir)...)
	sending := p.Dial(t, "GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n")
	r, err := nethttp.ReadResponse(bufio.NewReader(sending), nil)
	if err != nil {
		t.Fatal(err)
	}
	silent := p.Dial(t, "GET")
	p.Signal(t, os.Interrupt)
	if n, err := silent.Read(make([]byte, 1)); n > 0 || err == nil {
		t.Errorf("a client that has not asked gets %d bytes, %v", n, err)
	}
	if c, err := net.Dial("tcp", "localhost:"+p.Port); err == nil {
		c.Close()
		t.Error("a new client is accepted")
	}
	if n, err := io.Copy(io.Discard, r.Body); n != size || err != nil {
		t.Errorf("%d bytes were sent, %v; want %d", n, err, size)
	}
	sending.Close()
	if status := p.End(); status != 0 {
		t.Errorf("the exit status is %d", status)
	}
}

// A second signal ends the program without waiting for a client that does not
// read its reply.
func TestSecondInterrupt(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "large"), strings.Repeat("0123456789abcdef", 2<<20))
	p := start(t, "-dir", dir)
	sending := p.Dial(t, "GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n")
	if _, err := io.ReadFull(sending, make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	silent := p.Dial(t, "")
	p.Signal(t, os.Interrupt)
	silent.Read(make([]byte, 1)) // ends when the signal is being heeded
	p.Signal(t, os.Interrupt)
	if status := p.End(); status == 0 {
		t.Error("the exit status is 0, as if the reply had been sent")
	}
}

// Two servers in one folder do not disturb each other, and the port of one
// that has ended can be taken again at once.
func TestTwoServers(t *testing.T) {
	dir := folder(t)
	a, b := start(t, "-dir", dir), start(t, "-dir", dir)
	if a.Port == b.Port {
		t.Fatalf("both listen on %s", a.Port)
	}
	a.Ask(t, request)
	b.Ask(t, request)
	a.Signal(t, os.Interrupt)
	a.End()
	l, err := net.Listen("tcp", "localhost:"+a.Port)
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
}

// Where output and errors go to one place, as in a terminal, the lines are in
// the order in which things happened.
func TestLinesOfOneFileKeepTheirOrder(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	p := &commandtest.Process{Cmd: commandtest.Program("-dir", folder(t), "0")}
	p.Stdout, p.Stderr = w, w
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	defer p.Process.Kill()
	w.Close()
	lines := bufio.NewReader(r)
	line, _ := lines.ReadString('\n')
	p.Port = strings.TrimSpace(line[strings.LastIndexByte(line, ' ')+1:])
	lines.ReadString('\n')
	p.Ask(t, request)
	p.Ask(t, request)
	for range 2 {
		for _, want := range []string{"LISTENERCALLBACK: ", "GET /hello.txt HTTP/1.1", "SOCKHTTP: "} {
			line, err := lines.ReadString('\n')
			for commandtest.Busy.MatchString(line) {
				line, err = lines.ReadString('\n')
			}
			if !strings.HasPrefix(line, want) {
				t.Errorf("printed %q, %v; want %q", line, err, want)
			}
		}
	}
}
