package netconn_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	nethttp "net/http"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"sockhttp/sock/netconn"
	"sockhttp/sock/tcp"
	"sockhttp/testdata/httpload"
	"sockhttp/timer"

	"github.com/benbjohnson/clock"
)

// BenchmarkGet has 16 clients get 1 kB: each time on a connection of its own, or
// on those that they have.
func BenchmarkGet(b *testing.B) {
	for _, connections := range []string{"new", "kept"} {
		for _, server := range []string{"netconn", "nethttp"} {
			b.Run("connections="+connections+"/server="+server, func(b *testing.B) {
				address, end := startBenchServer(b, server)
				target, err := httpload.NewTarget(address, "/kB", connections == "kept", nil)
				if err != nil {
					b.Fatal(err)
				}
				oneProcessor(b)
				b.ResetTimer()
				r, err := target.Run(context.Background(), 16, b.N)
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(end().Nanoseconds())/1e3/float64(b.N), "cpu-µs/req")
				b.ReportMetric(r.PerSecond(), "req/s")
				b.ReportMetric(float64(r.Quantile(0.50).Nanoseconds())/1e3, "p50-µs")
				b.ReportMetric(float64(r.Quantile(0.99).Nanoseconds())/1e3, "p99-µs")
			})
		}
	}
}

const largeBody = 1 << 30

// BenchmarkBody has one client get, or send, a body of 1 GiB.
func BenchmarkBody(b *testing.B) {
	for _, way := range []string{"down", "up"} {
		for _, server := range []string{"netconn", "nethttp"} {
			b.Run("way="+way+"/server="+server, func(b *testing.B) {
				address, end := startBenchServer(b, server)
				url := "http://" + address + "/" + way
				defer nethttp.DefaultClient.CloseIdleConnections()
				oneProcessor(b)
				b.SetBytes(largeBody)
				for b.Loop() {
					var body io.Reader
					want := int64(largeBody)
					if way == "up" {
						body, want = io.LimitReader(zeros{}, largeBody), int64(len("got it"))
					}
					response, err := nethttp.Post(url, "application/octet-stream", body)
					if err != nil {
						b.Fatal(err)
					}
					n, err := io.Copy(io.Discard, response.Body)
					if response.Body.Close(); n != want || err != nil {
						b.Fatalf("%d bytes and %v, want %d", n, err, want)
					}
				}
				b.ReportMetric(float64(end().Milliseconds())/float64(b.N), "cpu-ms/body")
			})
		}
	}
}

// BenchmarkIdle has clients that have got something and keep their connection, one
// for each operation, and reports what the server's resident memory grows by.
func BenchmarkIdle(b *testing.B) {
	for _, server := range []string{"netconn", "nethttp"} {
		b.Run("server="+server, func(b *testing.B) {
			address, _ := startBenchServer(b, server)
			before := resident(b, address)
			b.ResetTimer()
			for range b.N {
				conn, err := net.Dial("tcp", address)
				if err != nil {
					b.Fatal(err)
				}
				defer conn.Close()
				io.WriteString(conn, "GET /kB HTTP/1.1\r\nHost: localhost\r\n\r\n")
				reply, err := nethttp.ReadResponse(bufio.NewReader(conn), nil)
				if err != nil {
					b.Fatal(err)
				}
				io.Copy(io.Discard, reply.Body)
			}
			b.StopTimer()
			b.ReportMetric(float64(resident(b, address)-before)/float64(b.N), "B/client")
		})
	}
}

// resident is the server's resident memory in bytes, without garbage.
func resident(b *testing.B, address string) (bytes int) {
	reply, err := nethttp.Get("http://" + address + "/resident")
	if err != nil {
		b.Fatal(err)
	}
	defer nethttp.DefaultClient.CloseIdleConnections()
	defer reply.Body.Close()
	if _, err := fmt.Fscan(reply.Body, &bytes); err != nil {
		b.Skip("only Linux tells")
	}
	return bytes
}

// oneProcessor leaves the others to the server.
func oneProcessor(b *testing.B) {
	before := runtime.GOMAXPROCS(1)
	b.Cleanup(func() { runtime.GOMAXPROCS(before) })
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func benchHandler() nethttp.Handler {
	kB := make([]byte, 1000)
	mux := nethttp.NewServeMux()
	mux.HandleFunc("/kB", func(w nethttp.ResponseWriter, r *nethttp.Request) { w.Write(kB) })
	mux.HandleFunc("/down", func(w nethttp.ResponseWriter, r *nethttp.Request) {
		io.Copy(w, io.LimitReader(zeros{}, largeBody))
	})
	mux.HandleFunc("/resident", func(w nethttp.ResponseWriter, r *nethttp.Request) {
		debug.FreeOSMemory()
		var total, resident int
		statm, _ := os.ReadFile("/proc/self/statm")
		if n, _ := fmt.Sscan(string(statm), &total, &resident); n == 2 {
			fmt.Fprint(w, resident*os.Getpagesize())
		}
	})
	mux.HandleFunc("/up", func(w nethttp.ResponseWriter, r *nethttp.Request) {
		if n, err := io.Copy(io.Discard, r.Body); n != largeBody || err != nil {
			nethttp.Error(w, fmt.Sprint(n, err), nethttp.StatusBadRequest)
			return
		}
		io.WriteString(w, "got it")
	})
	return mux
}

// benchServer in the environment makes the test binary a server of benchHandler,
// which prints its address and ends with its input.
const benchServer = "SOCKHTTP_BENCH_SERVER"

func TestMain(m *testing.M) {
	server := os.Getenv(benchServer)
	if server == "" {
		os.Exit(m.Run())
	}
	go func() {
		fmt.Fprintln(os.Stderr, serveBench(server))
		os.Exit(1)
	}()
	io.Copy(io.Discard, os.Stdin)
}

func serveBench(server string) error {
	if server == "nethttp" {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		fmt.Println(listener.Addr())
		return nethttp.Serve(listener, benchHandler())
	}
	polled, err := tcp.Listen("127.0.0.1:0")
	if err != nil {
		return err
	}
	queue := timer.NewQueue(clock.New())
	go queue.Run(context.Background())
	fmt.Println(polled.Addr())
	return nethttp.Serve(netconn.Listen(queue, polled), benchHandler())
}

// startBenchServer starts a server in a process of its own, with one processor,
// and returns its address. The end function ends it and returns the processor
// time that it took.
func startBenchServer(b *testing.B, server string) (address string, end func() time.Duration) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1", benchServer+"="+server)
	cmd.Stderr = os.Stderr
	input, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	end = func() time.Duration {
		input.Close()
		cmd.Wait()
		return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	}
	b.Cleanup(func() { end() })
	address, err = bufio.NewReader(output).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return strings.TrimSpace(address), end
}
