package http_test

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
	"runtime"
	"strings"
	"testing"
	"time"

	"sockhttp/http"
	"sockhttp/http/handler"
	"sockhttp/sock"
	"sockhttp/sock/tcp"
	"sockhttp/sock/trace"
	"sockhttp/testdata/httpload"
	"sockhttp/timer"

	"github.com/benbjohnson/clock"
)

// BenchmarkGet has 16 clients get a file, each request on a connection of its
// own, from SockHTTP, from handler.FileServer on handler.Routine, and from
// net/http's file server. Each server is a process of its own with one processor;
// the clients are the test. Besides requests a second and latencies, a server's
// figures are what its process used: processor time, and allocations on the heap.
func BenchmarkGet(b *testing.B) {
	dir := benchDirectory(b)
	for _, file := range []string{"1kB", "galaxy.jpg"} {
		for _, server := range []string{"sockhttp", "files", "nethttp"} {
			b.Run("file="+file+"/server="+server, func(b *testing.B) { benchGet(b, server, dir, "/"+file, false) })
		}
	}
}

// BenchmarkKeepAlive has 16 clients get a file of 1 kB again and again on the
// connections that they have: from the standard library's file server, on
// handler.Routine and on net/http's server, and from handler.FileServer on
// handler.Routine.
func BenchmarkKeepAlive(b *testing.B) {
	dir := benchDirectory(b)
	for _, server := range []string{"routine", "files", "nethttp"} {
		b.Run("server="+server, func(b *testing.B) { benchGet(b, server, dir, "/1kB", true) })
	}
}

// benchDirectory is a directory with the files to get.
func benchDirectory(b *testing.B) string {
	dir := b.TempDir()
	galaxy, err := os.ReadFile("../testdata/galaxy.jpg")
	if err != nil {
		b.Fatal(err)
	}
	for name, data := range map[string][]byte{"1kB": make([]byte, 1000), "galaxy.jpg": galaxy} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o666); err != nil {
			b.Fatal(err)
		}
	}
	return dir
}

func benchGet(b *testing.B, server, dir, file string, keepAlive bool) {
	p := startBenchServer(b, server, dir)
	target, err := httpload.NewTarget(p.address, file, keepAlive, nil)
	if err != nil {
		b.Fatal(err)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // a processor for the clients, the other for the server
	before := p.allocations()                       // without those of the first request, which loads the media types
	b.ResetTimer()
	r, err := target.Run(context.Background(), 16, b.N)
	if err != nil {
		b.Fatal(err)
	}
	b.StopTimer()
	allocations := p.allocations() - before
	processor := p.end()
	b.ReportMetric(r.PerSecond(), "req/s")
	b.ReportMetric(float64(r.Quantile(0.50).Nanoseconds())/1e3, "p50-µs")
	b.ReportMetric(float64(r.Quantile(0.99).Nanoseconds())/1e3, "p99-µs")
	b.ReportMetric(float64(processor.Nanoseconds())/1e3/float64(b.N), "cpu-µs/req")
	b.ReportMetric(float64(allocations)/float64(b.N), "allocs/req")
}

// benchServers are the servers that are measured. Each says where it listens
// and serves dir until its process ends.
var benchServers = map[string]func(dir string, listens func(net.Addr)) error{
	"sockhttp": func(dir string, listens func(net.Addr)) error {
		root, err := os.OpenRoot(dir)
		if err != nil {
			return err
		}
		return benchServe(http.NewDirectory(root).SockHTTP, listens)
	},
	"routine": func(dir string, listens func(net.Addr)) error {
		return benchServe(handler.Routine(nethttp.FileServer(nethttp.Dir(dir)), nil), listens)
	},
	"files": func(dir string, listens func(net.Addr)) error {
		root, err := os.OpenRoot(dir)
		if err != nil {
			return err
		}
		return benchServe(handler.Routine(handler.FileServer(root, false), nil), listens)
	},
	"nethttp": func(dir string, listens func(net.Addr)) error {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		listens(listener.Addr())
		return nethttp.Serve(listener, nethttp.FileServer(nethttp.Dir(dir)))
	},
}

// benchServe is this server, with a routine.
func benchServe(routine sock.Routine, listens func(net.Addr)) error {
	listener, err := tcp.Listen("127.0.0.1:0")
	if err != nil {
		return err
	}
	queue := timer.NewQueue(clock.New())
	server := sock.NewServer(queue, listener, routine)
	server.Trace[trace.Accepted], server.Trace[trace.Replied] = func(trace.Event) {}, func(trace.Event) {} // as for a log
	server.Start()
	listens(listener.Addr())
	queue.Run(context.Background())
	return nil
}

// benchServer in the environment makes the test binary one of the servers, of
// the directory that its argument names. It prints its address and, for each line of
// its input, the number of its allocations so far.
const benchServer = "SOCKHTTP_BENCH_SERVER"

func TestMain(m *testing.M) {
	serve := benchServers[os.Getenv(benchServer)]
	if serve == nil {
		os.Exit(m.Run())
	}
	go func() {
		err := serve(os.Args[1], func(address net.Addr) { fmt.Println(address) })
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}()
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		fmt.Println(m.Mallocs)
	}
}

type benchProcess struct {
	b       *testing.B
	cmd     *exec.Cmd
	input   io.WriteCloser
	output  *bufio.Reader
	address string
}

func startBenchServer(b *testing.B, server, dir string) *benchProcess {
	p := &benchProcess{b: b, cmd: exec.Command(os.Args[0], dir)}
	p.cmd.Env = append(os.Environ(), "GOMAXPROCS=1", benchServer+"="+server)
	p.cmd.Stderr = os.Stderr
	input, err := p.cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	output, err := p.cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { p.cmd.Process.Kill() })
	p.input, p.output = input, bufio.NewReader(output)
	p.address = p.line()
	return p
}

func (p *benchProcess) line() string {
	line, err := p.output.ReadString('\n')
	if err != nil {
		p.b.Fatal(err)
	}
	return strings.TrimSpace(line)
}

// allocations is how many the server has made.
func (p *benchProcess) allocations() (n uint64) {
	io.WriteString(p.input, "\n")
	if _, err := fmt.Sscan(p.line(), &n); err != nil {
		p.b.Fatal(err)
	}
	return n
}

// end ends the server and returns what it used of a processor.
func (p *benchProcess) end() time.Duration {
	p.input.Close()
	p.cmd.Wait()
	return p.cmd.ProcessState.UserTime() + p.cmd.ProcessState.SystemTime()
}
