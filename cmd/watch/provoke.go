package watch

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// A provocation is a kind of client that the page can start.
type provocation struct {
	kind  string
	times int  // as many at once
	cuts  bool // it does not close the connection, but resets it
	play  func(ctx context.Context, c net.Conn, request string, tell func(string)) (string, error)
}

const (
	maxProvoked = 200              // clients at once
	patience    = 10 * time.Minute // of one that waits for its reply, from a server that may be paused
	stubborn    = 30 * time.Second // how long the bad ones go on
	maxTold     = 50               // clients that the page is told of
)

const deaf = "deaf" // one that does not read

var provocations = []provocation{
	{"one", 1, false, ask},
	{"ten", 10, false, ask},
	{"bytes", 1, false, askByteByByte},
	{"silent", 1, false, sayNothing},
	{deaf, 1, true, askAndDoNotRead},
	{"leaves", 1, true, leaveInTheMiddle},
}

// A provoked is a client that was started, and what became of it.
type provoked struct {
	Number int    `json:"number"`
	Kind   string `json:"kind"`
	Port   int    `json:"port"` // its own, which "accepted" tells of
	Text   string `json:"text"`
	Done   bool   `json:"done"`
}

// A provoker starts real clients. Any goroutine may use it.
type provoker struct {
	address, request string
	ctx              context.Context
	clients          sync.WaitGroup

	mu      sync.Mutex
	running int
	number  int
	told    []provoked
}

// start starts the clients of a kind, or says why it does not.
func (p *provoker) start(kind string) error {
	at := slices.IndexFunc(provocations, func(k provocation) bool { return k.kind == kind })
	if at < 0 {
		return fmt.Errorf("there is no client of the kind %q", kind)
	}
	k := provocations[at]
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running+k.times > maxProvoked {
		return fmt.Errorf("%d clients are at it; wait until some have ended", p.running)
	}
	for range k.times {
		p.running++
		p.number++
		p.told = append(p.told, provoked{Number: p.number, Kind: kind, Text: "connects"})
		number := p.number
		p.clients.Go(func() { p.play(k, number) })
	}
	p.told = p.told[max(0, len(p.told)-maxTold):]
	return nil
}

// play is one client.
func (p *provoker) play(k provocation, number int) {
	began := time.Now()
	text, err := p.connect(k, number)
	if err != nil {
		text = err.Error()
	}
	text = fmt.Sprintf("%s, after %v", text, time.Since(began).Round(100*time.Microsecond))
	p.tell(number, func(t *provoked) { t.Text, t.Done = text, true })
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running--
}

func (p *provoker) connect(k provocation, number int) (string, error) {
	d := net.Dialer{Timeout: 10 * time.Second} // a server that is paused may have a full backlog
	if k.kind == deaf {
		d.Control = narrow
	}
	c, err := d.DialContext(p.ctx, "tcp", p.address)
	if err != nil {
		return "", err
	}
	defer c.Close()
	defer context.AfterFunc(p.ctx, func() { c.Close() })()
	if k.cuts {
		c.(*net.TCPConn).SetLinger(0)
	}
	p.tell(number, func(told *provoked) { told.Port, told.Text = c.LocalAddr().(*net.TCPAddr).Port, "has connected" })
	return k.play(p.ctx, c, p.request, func(text string) {
		p.tell(number, func(told *provoked) { told.Text = text })
	})
}

func (p *provoker) tell(number int, f func(*provoked)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.told {
		if p.told[i].Number == number {
			f(&p.told[i])
		}
	}
}

// list is what became of the last clients, the newest first.
func (p *provoker) list() []provoked {
	p.mu.Lock()
	defer p.mu.Unlock()
	told := append([]provoked{}, p.told...)
	slices.Reverse(told)
	return told
}

func ask(_ context.Context, c net.Conn, request string, tell func(string)) (string, error) {
	c.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(c, request); err != nil {
		return "", err
	}
	tell("has asked, and waits")
	return readReply(c)
}

// readReply reads to the end, and says what came.
func readReply(c net.Conn) (string, error) {
	r := bufio.NewReader(c)
	line, err := r.ReadString('\n')
	if err != nil {
		return "", gone(err)
	}
	rest, err := io.Copy(io.Discard, r)
	if err != nil {
		return "", gone(err)
	}
	_, status, _ := strings.Cut(strings.TrimSpace(line), " ")
	why := ""
	if strings.HasPrefix(status, "408 ") {
		why = ", since a request has 10 s to come by the server's clock"
	}
	return fmt.Sprintf("got %s%s, %d bytes", status, why, int64(len(line))+rest), nil
}

var errNoReply = errors.New("was closed without a reply")

// gone says in plain words that the server has closed the connection.
func gone(err error) error {
	switch {
	case errors.Is(err, io.EOF):
		return errNoReply
	case errors.Is(err, os.ErrDeadlineExceeded):
		return err
	}
	return errors.New("was cut off by the server")
}

func askByteByByte(_ context.Context, c net.Conn, request string, tell func(string)) (text string, err error) {
	c.SetDeadline(time.Now().Add(2 * stubborn))
	ended := make(chan struct{})
	go func() {
		text, err = readReply(c)
		close(ended)
	}()
	for i := range len(request) {
		io.WriteString(c, request[i:i+1]) // where that fails, so does readReply
		tell(fmt.Sprintf("has sent %d of %d bytes", i+1, len(request)))
		select {
		case <-ended:
			return text, err
		case <-time.After(time.Second):
		}
	}
	<-ended
	return text, err
}

func sayNothing(_ context.Context, c net.Conn, _ string, tell func(string)) (string, error) {
	c.SetDeadline(time.Now().Add(stubborn))
	tell("says nothing")
	text, err := readReply(c)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return "said nothing and left", nil
	case err == errNoReply:
		return "was closed, since it said nothing for 10 s by the server's clock or its place was needed", nil
	}
	return text, err
}

func askAndDoNotRead(ctx context.Context, c net.Conn, request string, tell func(string)) (string, error) {
	if _, err := io.WriteString(c, request); err != nil {
		return "", err
	}
	tell("has asked, and does not read")
	wait(ctx, stubborn)
	return "did not read and left", nil
}

func leaveInTheMiddle(ctx context.Context, c net.Conn, request string, _ func(string)) (string, error) {
	if _, err := io.WriteString(c, request[:len(request)/2]); err != nil {
		return "", err
	}
	wait(ctx, 300*time.Millisecond) // or the reset overtakes what was sent
	return "left in the middle of its request", nil
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
