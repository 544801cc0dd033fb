package watch

import (
	"context"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

const (
	request = "GET / HTTP/1.1\r\n\r\n" // 18 bytes
	reply   = "HTTP/1.1 200 OK\r\n\r\nhello\n"
)

// A serving is what the other end of a client's connection does: it reads so many
// bytes, and what comes for a while after that; then it says something, and ends or
// reads on.
type serving struct {
	reads int
	after time.Duration
	says  string
	end   error         // that the client then finds; nil if none comes
	stop  time.Duration // when the page ends; 0 if it does not
}

// An ended is a connection whose end the client finds in another way.
type ended struct {
	net.Conn
	err error
}

func (c ended) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if err == io.EOF {
		err = c.err
	}
	return n, err
}

func provocationOf(kind string) provocation {
	return provocations[slices.IndexFunc(provocations, func(k provocation) bool { return k.kind == kind })]
}

// play plays a client of a kind, in virtual time, and returns what it sent and what
// it told of itself, with the times.
func (s serving) play(t *testing.T, kind string) (sent, told string) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		if s.stop > 0 {
			time.AfterFunc(s.stop, stop)
		}
		client, server := net.Pipe()
		var got strings.Builder
		gone := make(chan struct{})
		go func() {
			defer close(gone)
			io.CopyN(&got, server, int64(s.reads))
			answer := func() {
				io.Copy(server, strings.NewReader(s.says))
				if s.end != nil {
					server.Close()
				}
			}
			if s.after == 0 {
				answer()
			} else {
				time.AfterFunc(s.after, answer)
			}
			io.Copy(&got, server)
		}()
		began := time.Now()
		tell := func(text string) { told += fmt.Sprintf("%v %s\n", time.Since(began), text) }
		text, err := provocationOf(kind).play(ctx, ended{client, s.end}, request, tell)
		if err != nil {
			text = err.Error()
		}
		tell(text)
		stop()
		client.Close()
		<-gone
		sent = got.String()
	})
	return sent, told
}

// Each kind of client sends what it is to send, ends when it is to end, and says in
// plain words what became of it.
func TestKindsOfClients(t *testing.T) {
	const late = ", since a request has 10 s to come by the server's clock"
	whole, half := len(request), len(request)/2
	var sent []string // by the one that sends byte by byte
	for i := range whole {
		sent = append(sent, fmt.Sprintf("%ds has sent %d of %d bytes\n", i, i+1, whole))
	}
	bytes := func(n int) string { return strings.Join(sent[:n], "") }
	for _, test := range []struct {
		kind    string
		serving serving
		sends   int
		tells   string
	}{
		{"one", serving{whole, time.Second, reply, io.EOF, 0}, whole, "0s has asked, and waits\n1s got 200 OK, 25 bytes\n"},
		{"one", serving{whole, 0, "HTTP/1.1 408 Request Timeout\r\n\r\n", io.EOF, 0}, whole, "0s has asked, and waits\n0s got 408 Request Timeout" + late + ", 32 bytes\n"},
		{"one", serving{whole, 0, "HTTP/1.0 4080\n", io.EOF, 0}, whole, "0s has asked, and waits\n0s got 4080, 14 bytes\n"},
		{"one", serving{whole, time.Second, "", io.EOF, 0}, whole, "0s has asked, and waits\n1s was closed without a reply\n"},
		{"one", serving{whole, time.Second, "", syscall.ECONNRESET, 0}, whole, "0s has asked, and waits\n1s was cut off by the server\n"},
		{"one", serving{whole, time.Second, reply, syscall.ECONNRESET, 0}, whole, "0s has asked, and waits\n1s was cut off by the server\n"},
		{"one", serving{whole, 0, reply, nil, 0}, whole, "0s has asked, and waits\n10m0s read pipe: i/o timeout\n"},
		{"one", serving{half, 0, "", io.EOF, 0}, half, "0s io: read/write on closed pipe\n"},
		{"ten", serving{whole, time.Second, reply, io.EOF, 0}, whole, "0s has asked, and waits\n1s got 200 OK, 25 bytes\n"},
		{"bytes", serving{whole, 500 * ms, reply, io.EOF, 0}, whole, bytes(whole) + "17.5s got 200 OK, 25 bytes\n"},
		{"bytes", serving{whole, 3 * time.Second, reply, io.EOF, 0}, whole, bytes(whole) + "20s got 200 OK, 25 bytes\n"},
		{"bytes", serving{whole, 0, "", nil, 0}, whole, bytes(whole) + "1m0s read pipe: i/o timeout\n"},
		{"bytes", serving{1, 9500 * ms, "", io.EOF, 0}, 10, bytes(10) + "9.5s was closed without a reply\n"},
		{"bytes", serving{1, 9500 * ms, reply, syscall.ECONNRESET, 0}, 10, bytes(10) + "9.5s was cut off by the server\n"},
		{"silent", serving{0, 0, "", nil, 0}, 0, "0s says nothing\n30s said nothing and left\n"},
		{"silent", serving{0, 10 * time.Second, "", io.EOF, 0}, 0, "0s says nothing\n10s was closed, since it said nothing for 10 s by the server's clock or its place was needed\n"},
		{"silent", serving{0, 10 * time.Second, "", syscall.ECONNRESET, 0}, 0, "0s says nothing\n10s was cut off by the server\n"},
		{"silent", serving{0, 10 * time.Second, reply, io.EOF, 0}, 0, "0s says nothing\n10s got 200 OK, 25 bytes\n"},
		{"deaf", serving{whole, 0, "", nil, 0}, whole, "0s has asked, and does not read\n30s did not read and left\n"},
		{"deaf", serving{whole, 0, "", nil, 5 * time.Second}, whole, "0s has asked, and does not read\n5s did not read and left\n"},
		{"deaf", serving{half, 0, "", io.EOF, 0}, half, "0s io: read/write on closed pipe\n"},
		{"leaves", serving{whole, 0, "", nil, 0}, half, "300ms left in the middle of its request\n"},
		{"leaves", serving{whole, 0, "", nil, 100 * ms}, half, "100ms left in the middle of its request\n"},
		{"leaves", serving{1, 0, "", io.EOF, 0}, 1, "0s io: read/write on closed pipe\n"},
	} {
		sent, told := test.serving.play(t, test.kind)
		if sent != request[:test.sends] || told != test.tells {
			t.Errorf("%s of %+v sent %q and told\n%swant\n%s", test.kind, test.serving, sent, told, test.tells)
		}
	}
}

// provoke returns a provoker of clients that connect to a listener of the test.
func provoke(t *testing.T) (p *provoker, l net.Listener, stop func()) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	ctx, stop := context.WithCancel(t.Context())
	return &provoker{ctx: ctx, address: l.Addr().String(), request: request}, l, stop
}

// accept takes the next client, and what it sends first.
func accept(t *testing.T, l net.Listener, bytes int) *net.TCPConn {
	t.Helper()
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	got := make([]byte, bytes)
	if _, err := io.ReadFull(c, got); err != nil || string(got) != request[:bytes] {
		t.Fatalf("a client sends %q, %v", got, err)
	}
	return c.(*net.TCPConn)
}

func portOf(a net.Addr) int { return a.(*net.TCPAddr).Port }

// Of a real client the page is told its port, and in the end what it got.
func TestClientsThatEnd(t *testing.T) {
	for _, test := range []struct {
		kind    string
		clients int
		end     func(*net.TCPConn)
		text    string
	}{
		{"one", 1, func(c *net.TCPConn) { io.WriteString(c, reply); c.CloseWrite() }, "got 200 OK, 25 bytes"},
		{"one", 1, func(c *net.TCPConn) { c.CloseWrite() }, "was closed without a reply"},
		{"one", 1, func(c *net.TCPConn) { c.SetLinger(0); c.Close() }, "was cut off by the server"},
		{"ten", 10, func(c *net.TCPConn) { io.WriteString(c, reply); c.CloseWrite() }, "got 200 OK, 25 bytes"},
	} {
		p, l, _ := provoke(t)
		if err := p.start(test.kind); err != nil {
			t.Fatal(err)
		}
		var clients []net.Conn
		var ports []int
		for range test.clients {
			c := accept(t, l, len(request))
			ports = append(ports, portOf(c.RemoteAddr()))
			test.end(c)
			clients = append(clients, c)
		}
		p.clients.Wait()
		for _, c := range clients {
			if n, err := c.Read(make([]byte, 1)); err == nil {
				t.Errorf("a client sends %d bytes more", n)
			}
		}
		var told []int
		for i, c := range p.list() {
			told = append(told, c.Port)
			text, _, _ := strings.Cut(c.Text, ", after ")
			if text != test.text || c.Kind != test.kind || c.Number != test.clients-i || !c.Done {
				t.Errorf("of a client that %s the page is told %+v", test.text, c)
			}
		}
		slices.Sort(ports)
		if slices.Sort(told); !slices.Equal(ports, told) {
			t.Errorf("clients from the ports %v are told to have %v", ports, told)
		}
	}
}

// When the page ends, so do its clients, whatever they are at; those that leave a
// server with something to do reset their connections, and the others close them.
func TestClientsEndWithThePage(t *testing.T) {
	whole, half := len(request), len(request)/2
	for _, test := range []struct {
		kind    string
		clients int
		sends   int
		resets  bool
	}{
		{"one", 1, whole, false}, {"ten", 10, whole, false}, {"bytes", 1, 1, false},
		{"silent", 1, 0, false}, {"deaf", 1, whole, true}, {"leaves", 1, half, true},
	} {
		p, l, stop := provoke(t)
		if err := p.start(test.kind); err != nil {
			t.Fatal(err)
		}
		var clients []*net.TCPConn
		for range test.clients {
			clients = append(clients, accept(t, l, test.sends))
		}
		stop()
		p.clients.Wait()
		for _, c := range clients {
			_, err := c.Read(make([]byte, 1))
			if err == nil || (err != io.EOF) != test.resets && test.sends > 0 { // or it may not know yet that it is connected
				t.Errorf("%s ends with %v", test.kind, err)
			}
		}
		told := p.list()
		if goesOn := func(c provoked) bool { return !c.Done }; len(told) != test.clients || slices.ContainsFunc(told, goesOn) {
			t.Errorf("of %s the page is told %+v", test.kind, told)
		}
	}
}

// While a client is at it the page is told its port, and the last that it said.
func TestAClientTells(t *testing.T) {
	p, l, _ := provoke(t)
	p.told = []provoked{{Number: 1}, {Number: 2, Text: "connects"}, {Number: 3}}
	text, err := p.connect(provocation{play: func(_ context.Context, c net.Conn, got string, tell func(string)) (string, error) {
		port := portOf(accept(t, l, 0).RemoteAddr())
		want := func(text string) {
			t.Helper()
			if told := p.list(); !slices.Equal(told, []provoked{{Number: 3}, {Number: 2, Port: port, Text: text}, {Number: 1}}) {
				t.Errorf("the page is told %+v, want %q", told, text)
			}
		}
		want("has connected")
		tell("asks")
		want("asks")
		return got, nil
	}}, 2)
	if text != request || err != nil {
		t.Errorf("it says %q, %v", text, err)
	}
}

// A held is a context for clients that do not connect before they are let go.
type held struct {
	context.Context
	until chan struct{}
}

func (h held) Deadline() (time.Time, bool) {
	<-h.until
	return h.Context.Deadline()
}

// At most 200 clients are at it at once. When they have ended, others may be, and the page
// is told of the last 50, the newest first, and how long each was at it.
func TestClientsAreCounted(t *testing.T) { synctest.Test(t, countClients) }

func countClients(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	p := &provoker{address: "127.0.0.1:1"}
	if told := p.list(); told == nil || len(told) > 0 {
		t.Errorf("at first the page is told %#v", told)
	}
	start := func(kind, want string) {
		t.Helper()
		if err := p.start(kind); fmt.Sprint(err) != want {
			t.Errorf("%s: %v, want %s", kind, err, want)
		}
	}
	for round := range 2 {
		h := held{ctx, make(chan struct{})}
		p.ctx = h
		for range 19 {
			start("ten", "<nil>")
		}
		start("one", "<nil>")
		start("ten", "191 clients are at it; wait until some have ended")
		for range 9 {
			start("one", "<nil>")
		}
		start("one", "200 clients are at it; wait until some have ended")
		start("two", `there is no client of the kind "two"`)
		for i, c := range p.list() {
			want := provoked{Number: 200*(round+1) - i, Kind: "one", Text: "connects"}
			if i >= 10 {
				want.Kind = "ten"
			}
			if c != want || i >= 50 {
				t.Errorf("the page is told %+v, want %+v", c, want)
			}
		}
		time.Sleep(1_234_567 * time.Microsecond)
		close(h.until)
		p.clients.Wait()
		told := p.list()
		for _, c := range told {
			if !c.Done || c.Text != "dial tcp 127.0.0.1:1: operation was canceled, after 1.2346s" {
				t.Errorf("of one that could not connect the page is told %+v", c)
			}
		}
		if len(told) != 50 {
			t.Errorf("the page is told of %d clients", len(told))
		}
	}
}
