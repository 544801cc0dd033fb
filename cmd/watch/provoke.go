package watch

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"time"
)

// A provocation is a kind of client that the page can start.
type provocation struct {
	kind  string
	times int // as many at once
	play  func(ctx context.Context, c *net.TCPConn, request string, tell func(string)) (string, error)
}

const (
	maxProvoked = 200              // clients at once
	patience    = 10 * time.Minute // of one that waits for its reply, from a server that may be paused
	stubborn    = 30 * time.Second // how long the bad ones go on
	maxTold     = 50               // clients that the page is told of
)

const deaf = "deaf" // one that does not read

var provocations = []provocation{
	{"one", 1, ask},
	{"ten", 10, ask},
	{"bytes", 1, askByteByByte},
	{"silent", 1, sayNothing},
	{deaf, 1, askAndDoNotRead},
	{"leaves", 1, leaveInTheMiddle},
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

// errTooMany means that too many clients are at it.
var errTooMany = fmt.Errorf("%d clients are at it; wait until some have ended", maxProvoked)

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
		return errTooMany
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
	if text != "" {
		text = fmt.Sprintf("%s, after %v", text, time.Since(began).Round(100*time.Microsecond))
	}
	p.tell(number, func(t *provoked) { t.Text, t.Done = text, true })
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running--
}

func (p *provoker) connect(k provocation, number int) (string, error) {
	d := net.Dialer{Timeout: 10 * time.Second}
	if k.kind == deaf {
		d.Control = narrow
	}
	c, err := d.DialContext(p.ctx, "tcp", p.address)
	if err != nil {
		return "", err
	}
	defer c.Close()
	defer context.AfterFunc(p.ctx, func() { c.Close() })()
	t := c.(*net.TCPConn)
	p.tell(number, func(told *provoked) { told.Port, told.Text = t.LocalAddr().(*net.TCPAddr).Port, "has connected" })
	return k.play(p.ctx, t, p.request, func(text string) {
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

func ask(_ context.Context, c *net.TCPConn, request string, tell func(string)) (string, error) {
	c.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(c, request); err != nil {
		return "", err
	}
	tell("has asked, and waits")
	return readReply(c)
}

// readReply reads to the end, and says what came.
func readReply(c *net.TCPConn) (string, error) {
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
	case isTimeout(err), errors.Is(err, net.ErrClosed):
		return err
	}
	return errors.New("was cut off by the server")
}

func askByteByByte(ctx context.Context, c *net.TCPConn, request string, tell func(string)) (string, error) {
	c.SetDeadline(time.Now().Add(2 * stubborn))
	reply, failed := make(chan string, 1), make(chan error, 1)
	go func() {
		text, err := readReply(c)
		reply <- text
		failed <- err
	}()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for i := range len(request) {
		if _, err := io.WriteString(c, request[i:i+1]); err != nil {
			break
		}
		tell(fmt.Sprintf("has sent %d of %d bytes", i+1, len(request)))
		select {
		case text := <-reply:
			return text, <-failed
		case <-ctx.Done():
			return "", ctx.Err()
		case <-tick.C:
		}
	}
	return <-reply, <-failed
}

func sayNothing(_ context.Context, c *net.TCPConn, _ string, tell func(string)) (string, error) {
	c.SetDeadline(time.Now().Add(stubborn))
	tell("says nothing")
	text, err := readReply(c)
	switch {
	case isTimeout(err):
		return "said nothing and left", nil
	case err == errNoReply:
		return "was closed, since it said nothing for 10 s by the server's clock or its place was needed", nil
	}
	return text, err
}

func askAndDoNotRead(ctx context.Context, c *net.TCPConn, request string, tell func(string)) (string, error) {
	if _, err := io.WriteString(c, request); err != nil {
		return "", err
	}
	tell("has asked, and does not read")
	select {
	case <-ctx.Done():
	case <-time.After(stubborn):
	}
	c.SetLinger(0)
	return "did not read and left", nil
}

func leaveInTheMiddle(_ context.Context, c *net.TCPConn, request string, _ func(string)) (string, error) {
	if _, err := io.WriteString(c, request[:len(request)/2]); err != nil {
		return "", err
	}
	time.Sleep(300 * time.Millisecond)
	c.SetLinger(0) // a reset
	return "left in the middle of its request", nil
}

func isTimeout(err error) bool {
	var t net.Error
	return errors.As(err, &t) && t.Timeout()
}
