package handler_test

import (
	"bytes"
	"fmt"
	nethttp "net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"sockhttp/http/handler"
	"sockhttp/sock/socktest"
	"sockhttp/sock/trace"
)

// FileServer has no use for a body, and does not wait for one to refuse it.
func TestFilesRefuseBodies(t *testing.T) {
	const tooLarge = "413 413 Request Entity Too Large: no body is taken here; send the request without one\n (closes)"
	notAllowed := func(method string) string {
		return fmt.Sprintf("405 405 Method Not Allowed: %q is not answered here; use GET or HEAD\n (closes)", method)
	}
	w := newFileWorld(t, false, map[string]string{"hello.txt": content})
	for _, test := range []struct{ method, path, fields, want string }{
		{"GET", "/hello.txt", "Content-Length: 5", tooLarge},
		{"GET", "/", "Content-Length: 5", tooLarge},
		{"GET", "/hello.txt", "Content-Length: 5000000000", tooLarge},
		{"GET", "/hello.txt", "Transfer-Encoding: chunked", tooLarge},
		{"GET", "/hello.txt", "Content-Length: 5\r\nExpect: 100-continue", tooLarge},
		{"POST", "/hello.txt", "Content-Length: 5", notAllowed("POST")},
		{"POST", "/", "Content-Length: 5000000000", notAllowed("POST")},
		{"PUT", "/hello.txt", "Transfer-Encoding: chunked\r\nExpect: 100-continue", notAllowed("PUT")},
		{"GET", "/hello.txt", "Content-Length: 0", "200 " + content},
	} {
		start := w.Now()
		c := w.Connect(script(start, socktest.Send(test.method+" "+test.path+" HTTP/1.1\r\nHost: a\r\n"+test.fields+"\r\n\r\n"), socktest.Pause(5*time.Second), socktest.Send("abcde")))
		w.Run(start + time.Second)
		wantStatuses(t, c.Received, test.want)
		w.Run(start + 2*time.Minute)
		w.WantIdle(t)
	}
}

// The trailers and the chunk extensions of a body are bounded as its header is,
// however they come.
func TestTrailersAndChunkExtensions(t *testing.T) {
	const (
		head    = "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
		tooMany = "431 431 Request Header Fields Too Large: the trailers and chunk extensions are longer than 16 KiB; send fewer or smaller ones\n (closes)"
	)
	trailers := func(n int) string { return "0\r\n" + strings.Repeat("X: "+strings.Repeat("x", 1024-5)+"\r\n", n) }
	extensions := func(n int) string { return strings.Repeat("1;"+strings.Repeat("x", 1024)+"\r\na\r\n", n) }
	for _, test := range []struct{ name, body, want string }{
		{"3 KiB of trailers", trailers(3) + "\r\n", "200 hello"},
		{"17 KiB of trailers", trailers(17), tooMany},
		{"15 KiB of extensions", extensions(15) + "0\r\n\r\n", "200 " + strings.Repeat("a", 15)},
		{"17 KiB of extensions", extensions(17), tooMany},
		{"9 KiB of either", extensions(9) + trailers(9), tooMany},
	} {
		for _, piece := range []int{1 << 20, 1000} { // bytes
			w := newHandlerWorld(t, sayBody, nil)
			var steps []socktest.Step
			for input := head + test.body; input != ""; {
				n := min(piece, len(input))
				steps = append(steps, socktest.Send(input[:n]), socktest.Pause(10*ms))
				input = input[n:]
			}
			c := w.Connect(script(0, steps...))
			w.Run(5 * time.Second)
			t.Run(fmt.Sprint(test.name, " in pieces of ", piece), func(t *testing.T) { wantStatuses(t, c.Received, test.want) })
		}
	}
}

// The requests of all clients that have bodies have one room together. It is
// given back by those that are answered, refused, or gone.
func TestRoomForBodies(t *testing.T) {
	const full = "503 503 Service Unavailable: the server holds as many requests as it has room for; try again later\n (closes)"
	put := func(size int) string {
		return fmt.Sprintf("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\nConnection: close\r\n\r\n", size)
	}
	const chunked = "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
	body := strings.Repeat("x", 40_000)
	for _, test := range []struct {
		name string
		ends []socktest.Step // of the first client, at one second, half of whose body has come
	}{
		{"its body comes", []socktest.Step{socktest.Send(body[:20_000]), socktest.Pause(5 * time.Second), socktest.CloseWrite()}},
		{"it resets the connection", []socktest.Step{socktest.Reset()}},
		{"it shuts its side", []socktest.Step{socktest.CloseWrite()}},
	} {
		w := newHandlerWorld(t, sayBody, &handler.Options{MaxBodies: 90_000})
		kept := strings.Replace(put(40_000), "Connection: close\r\n", "", 1)
		w.Connect(script(0, append([]socktest.Step{socktest.Send(kept + body[:20_000]), socktest.Pause(time.Second)}, test.ends...)...))
		second := w.Connect(script(100*ms, socktest.Send(chunked+"9c40\r\n"+body[:20_000]), socktest.Pause(5*time.Second), socktest.Send(body[:20_000]+"\r\n0\r\n\r\n")))
		third := w.Connect(script(200*ms, socktest.Send(put(40_000))))
		small := w.Connect(script(300*ms, socktest.Send(put(40_000)+body))) // it comes at once, and is not held
		fourth := w.Connect(script(2*time.Second, socktest.Send(put(40_000)+body[:20_000]), socktest.Pause(time.Second), socktest.Send(body[:20_000])))
		w.Run(patience)
		t.Run(test.name, func(t *testing.T) {
			wantStatuses(t, second.Received, "200 "+body+" (closes)")
			wantStatuses(t, third.Received, full)
			wantStatuses(t, small.Received, "200 "+body+" (closes)")
			wantStatuses(t, fourth.Received, "200 "+body+" (closes)")
			w.WantIdle(t)
		})
	}
}

// A client that is dropped while its body comes, here because it takes no
// reply, gives its room back, too.
func TestRoomOfDroppedClients(t *testing.T) {
	w := newHandlerWorld(t, sayBody, &handler.Options{MaxBodies: 90_000, Timeout: time.Hour})
	w.Limits.SendTimeout = time.Second
	w.Window = 10 // bytes
	const put = "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 80000\r\n"
	w.Connect(socktest.Script{ReadSize: -1, Steps: []socktest.Step{socktest.Send(put + "Expect: 100-continue\r\n\r\n")}})
	w.Run(10 * time.Second)
	w.Window = 64 << 10
	body := strings.Repeat("x", 80_000)
	c := w.Connect(script(w.Now(), socktest.Send(put+"\r\nx"), socktest.Pause(time.Second), socktest.Send(body[1:]), socktest.CloseWrite()))
	w.Run(w.Now() + 5*time.Second)
	wantStatuses(t, c.Received, "200 "+body)
}

// However many clients send bodies, the server holds little. The attacks are
// those of 300 clients with bodies of 1 MiB, whole but for their end.
func TestMemoryForBodies(t *testing.T) {
	const clients, limit = 120, 100 << 20
	trailers := "0\r\n" + strings.Repeat("X: "+strings.Repeat("x", 1024-5)+"\r\n", 1000)
	extensions := strings.Repeat("1;"+strings.Repeat("x", 1024-7)+"\r\na\r\n", 1000)
	root := newFileWorld(t, false, nil).root
	for _, test := range []struct {
		name, fields, body string
	}{
		{"a length", "Content-Length: 1048576", strings.Repeat("x", 1<<20-1)},
		{"one chunk", "Transfer-Encoding: chunked", "100000\r\n" + strings.Repeat("x", 1<<20)},
		{"trailers", "Transfer-Encoding: chunked", trailers},
		{"chunk extensions", "Transfer-Encoding: chunked", extensions},
	} {
		for name, h := range map[string]nethttp.Handler{"FileServer": handler.FileServer(root, false), "any handler": sayBody} {
			w := newHandlerWorld(t, h, nil)
			w.Window = 64 << 10 // so that the simulated network holds little itself
			w.Trace = trace.Hooks{}
			steps := []socktest.Step{socktest.Send("PUT / HTTP/1.1\r\nHost: a\r\n" + test.fields + "\r\n\r\n")}
			for body := test.body; body != ""; {
				n := min(w.Window, len(body))
				steps = append(steps, socktest.Send(body[:n]), socktest.Pause(ms))
				body = body[n:]
			}
			var crowd []*socktest.Client
			for range clients {
				crowd = append(crowd, w.Connect(script(0, steps...)))
			}
			before := heap()
			w.Run(time.Second)
			if held := heap() - before; held > limit {
				t.Errorf("%s, %s: %d MB are held", name, test.name, held>>20)
			} else {
				t.Logf("%s, %s: %d MB are held", name, test.name, held>>20)
			}
			waiting := 0
			for _, c := range crowd {
				switch {
				case len(c.Received) == 0:
					waiting++
				case name == "FileServer" && !bytes.HasPrefix(c.Received, []byte("HTTP/1.1 405 ")):
					t.Fatalf("%q", c.Received)
				}
			}
			if name == "FileServer" && waiting > 0 {
				t.Errorf("%d clients have no reply", waiting)
			}
			runtime.KeepAlive(w)
		}
	}
}

// heap is how many bytes are in use on the heap.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
