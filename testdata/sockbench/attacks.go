package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	nethttp "net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"sockhttp/testdata/httpload"
)

// An attack is many clients that take what they can of a server, as others want
// something of it too.
type attack struct {
	what    string
	clients int

	// client is one of them, on its connection. It returns when the connection
	// is closed, or earlier if the connection is to be held for as long as the
	// attack goes on.
	client func(c net.Conn)
}

const (
	crowded = "crowded" // a directory with many names
	names   = 5000
	million = "1MB"
)

// The head of a request for a path. Its end is missing.
func head(path string) string { return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" }

// again sends a request again and again, and reads what comes.
func again(request string) func(net.Conn) {
	return func(c net.Conn) {
		go io.Copy(io.Discard, c)
		for {
			if _, err := io.WriteString(c, request); err != nil {
				return
			}
		}
	}
}

// inTurn sends a request, reads its reply, and does so again.
func inTurn(request string) func(net.Conn) {
	return func(c net.Conn) {
		replies := bufio.NewReader(c)
		for {
			if _, err := io.WriteString(c, request); err != nil {
				return
			}
			r, err := nethttp.ReadResponse(replies, nil)
			if err != nil {
				return
			}
			if _, err := io.Copy(io.Discard, r.Body); err != nil {
				return
			}
		}
	}
}

var attacks = []attack{
	{"nobody", 0, nil},
	{"1024 kept connections, idle", 1024, func(c net.Conn) {
		io.WriteString(c, head("/"+small)+"\r\n")
		io.CopyN(io.Discard, c, 1000)
	}},
	{"1024 silent connections", 1024, func(net.Conn) {}},
	{"500 clients that send on after their reply", 500, again("DELETE / HTTP/1.1\r\n\r\n" + strings.Repeat("x", 64<<10))},
	{fmt.Sprintf("32 clients that list %d names", names), 32, inTurn(head("/"+crowded+"/") + "\r\n")},
	{"32 clients that ask for 3000 ranges of 1 MB", 32, inTurn(head("/"+million) + "Range: bytes=" + strings.Repeat("0-,", 2999) + "0-\r\n\r\n")},
	{"900 clients whose header of 16 kB comes in pieces", 900, func(c net.Conn) {
		io.WriteString(c, head("/"+small))
		for range 2600 {
			if _, err := io.WriteString(c, "X: y\r\n"); err != nil {
				return
			}
			time.Sleep(time.Millisecond)
		}
	}},
	{"1020 clients with a body of 1 MB each", 1020, func(c net.Conn) {
		io.WriteString(c, head("/"+small)+"Content-Length: 1000000\r\n\r\n")
		c.Write(make([]byte, 999_999))
	}},
}

// newcomers is how many clients come while an attack goes on.
const newcomers = 20

// resist measures what an attack does to others: how long one of them waits for
// a small file, and how much memory the server needs at most.
func (b *bench) resist(servers []server) (figures []figure, err error) {
	if err := b.crowd(); err != nil {
		return nil, err
	}
	for _, a := range attacks {
		var wait, worst, memory samples
		for i, s := range servers {
			b.report("%s beside %s", s.name, a.what)
			m, err := b.underAttack(s, a)
			if err != nil {
				return nil, err
			}
			wait.add(i, m.wait)
			worst.add(i, m.worst)
			memory.add(i, m.memory)
		}
		figures = append(figures,
			figure{"a GET beside " + a.what + ": median, ms", wait.medians(), "%.1f"},
			figure{"… worst of 20, ms", worst.medians(), "%.1f"},
			figure{"… memory of the server grows by at most, MB", memory.medians(), "%.1f"})
	}
	return figures, nil
}

// crowd makes the directories and files that are attacked.
func (b *bench) crowd() error {
	if err := os.Mkdir(filepath.Join(b.dir, crowded), 0o777); err != nil {
		return err
	}
	for i := range names {
		if err := os.WriteFile(filepath.Join(b.dir, crowded, fmt.Sprintf("a name of some length, number %d.txt", i)), nil, 0o666); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(b.dir, million), make([]byte, 1_000_000), 0o666)
}

type resistance struct{ wait, worst, memory float64 } // ms, ms, MB

// underAttack measures s under an attack.
func (b *bench) underAttack(s server, a attack) (m resistance, err error) {
	p, err := start(s, b.dir)
	if err != nil {
		return m, err
	}
	defer p.stop()
	target, err := httpload.NewTarget(p.address, "/"+small, false, b.checkBody(small))
	if err != nil {
		return m, err
	}
	before, err := p.usage()
	if err != nil && !errors.Is(err, errNoUsage) {
		return m, err
	}
	var done sync.WaitGroup
	var connections []net.Conn
	defer func() {
		for _, c := range connections {
			c.Close()
		}
		done.Wait()
	}()
	for range a.clients {
		c, err := net.Dial("tcp", p.address)
		if err != nil {
			return m, err
		}
		connections = append(connections, c)
		done.Go(func() { a.client(c) })
	}
	time.Sleep(b.settle)
	var waits []time.Duration
	for range newcomers {
		took, err := target.Get()
		if err != nil {
			return m, fmt.Errorf("beside %s: %w", a.what, err)
		}
		waits = append(waits, took)
	}
	after, err := p.usage()
	if err != nil && !errors.Is(err, errNoUsage) {
		return m, err
	}
	slices.Sort(waits)
	m.wait = microseconds(waits[len(waits)/2]) / 1000
	m.worst = microseconds(waits[len(waits)-1]) / 1000
	m.memory = float64(after.peak-before.resident) / 1e6
	return m, nil
}
