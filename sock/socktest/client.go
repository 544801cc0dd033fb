package socktest

import (
	"io"
	"net"
	"syscall"
	"time"

	"sockhttp/timer"
)

// A Script is what one client does.
type Script struct {
	// Connect is when the connection is made, as a time of the network.
	// The client begins its steps at that time, and the server's backlog
	// has the connection one latency later.
	Connect time.Duration

	// Steps are what it does then, one after the other. They end early
	// when the connection does.
	Steps []Step

	// ReadSize and ReadEvery are how many bytes it reads at most, and how
	// often. Zero for both reads what arrives when it arrives; a ReadSize
	// below zero reads nothing.
	ReadSize  int
	ReadEvery time.Duration

	// KeepOpen has it keep its side open when the server has shut its own.
	// Otherwise it closes the connection then.
	KeepOpen bool

	unheard bool // the server never learns of it
}

// A Step is one thing that a client does: [Send], [Pause], [CloseWrite],
// [Reset] or [Vanish].
type Step struct {
	kind  stepKind
	data  string
	pause time.Duration
}

type stepKind int

const (
	send stepKind = iota
	pause
	closeWrite
	reset
	vanish
)

// Send sends data. What the window does not hold follows when the server has
// read; the next step does not wait for that.
func Send(data string) Step { return Step{kind: send, data: data} }

// Pause waits for d.
func Pause(d time.Duration) Step { return Step{kind: pause, pause: d} }

// CloseWrite shuts the client's side, after what it sent.
func CloseWrite() Step { return Step{kind: closeWrite} }

// Reset ends the connection with a reset, which overtakes nothing but makes
// the server lose what it has not read.
func Reset() Step { return Step{kind: reset} }

// Vanish cuts the wire: nothing arrives any more, either way.
func Vanish() Step { return Step{kind: vanish} }

// A Client is a script that is being played, and what came of it.
type Client struct {
	// Received is what it has read, and End how that ended: nil while the
	// server may send more, io.EOF when the server has shut its side,
	// syscall.ECONNRESET when the server has reset the connection.
	Received []byte
	End      error

	// FirstByte and Ended are when the first byte arrived and when End was
	// known, as times of the network.
	FirstByte, Ended time.Duration

	n      *Network
	script Script
	addr   *net.TCPAddr
	conn   *conn

	out     []byte // sent by the script, not yet by the window
	flight  int    // bytes sent that the server is not known to have read
	in      []byte // what has arrived and was not read
	reading bool   // a read is due
	eof     bool   // the server's shut has arrived, after in
	finish  bool   // to be shut, after out
	shut    bool   // shut
	gone    bool   // closed, reset or vanished
}

// Connect adds a client.
func (n *Network) Connect(script Script) *Client {
	n.clients++
	c := &Client{n: n, script: script, addr: &net.TCPAddr{
		IP:   net.IPv4(198, 51, 100, byte(1+(n.clients-1)/60000)),
		Port: 1024 + (n.clients-1)%60000,
	}}
	c.conn = &conn{n: n, client: c}
	n.At(script.Connect, func() {
		n.later(func() {
			switch {
			case script.unheard:
				return
			case n.closed:
				c.arriveReset()
				return
			}
			n.backlog = append(n.backlog, c.conn)
		})
		c.play(script.Steps)
	})
	return c
}

// Addr is the client's address.
func (c *Client) Addr() net.Addr { return c.addr }

// play does steps.
func (c *Client) play(steps []Step) {
	for i, step := range steps {
		if c.gone {
			return
		}
		switch step.kind {
		case send:
			c.out = append(c.out, step.data...)
			c.flush()
		case pause:
			rest := steps[i+1:]
			c.n.world.Set(step.pause, func(timer.ID) { c.play(rest) })
			return
		case closeWrite:
			c.finish = true
			c.flush()
		case reset:
			c.gone = true
			c.n.later(c.conn.arriveReset)
		case vanish:
			c.gone = true
		}
	}
}

// flush sends what the window holds, and the shut when it is next.
func (c *Client) flush() {
	if c.gone || c.shut {
		return
	}
	if n := min(len(c.out), c.n.Window-c.flight); n > 0 {
		data := c.out[:n:n]
		c.out = c.out[n:]
		c.flight += n
		c.n.later(func() { c.conn.arrive(data) })
	}
	if c.finish && len(c.out) == 0 {
		c.shut = true
		c.n.later(func() { c.conn.eof = true })
	}
}

// acknowledge takes the server's word that it has read n bytes.
func (c *Client) acknowledge(n int) {
	c.flight -= n
	c.flush()
}

// arrive takes what the server sent. A client that has closed or reset the
// connection answers with a reset; one that has vanished does not.
func (c *Client) arrive(data []byte) {
	if c.gone {
		if c.shut {
			c.n.later(c.conn.arriveReset)
		}
		return
	}
	if c.FirstByte == 0 {
		c.FirstByte = c.n.Now()
	}
	c.in = append(c.in, data...)
	c.read()
}

func (c *Client) arriveShut() {
	c.eof = true
	c.read()
}

func (c *Client) arriveReset() {
	if !c.gone && c.End == nil {
		c.in = nil
		c.end(syscall.ECONNRESET)
		c.gone = true
	}
}

// read takes what has arrived, at the script's rate.
func (c *Client) read() {
	switch {
	case c.gone || c.End != nil || c.script.ReadSize < 0 || c.reading:
		return
	case c.script.ReadEvery == 0:
		c.take(len(c.in))
		return
	case len(c.in) > 0 || c.eof:
		c.reading = true
		c.n.world.Set(c.script.ReadEvery, func(timer.ID) {
			c.reading = false
			if !c.gone {
				c.take(min(len(c.in), c.script.ReadSize))
				c.read()
			}
		})
	}
}

// take reads n bytes, and the end when it is next.
func (c *Client) take(n int) {
	if n > 0 {
		c.Received = append(c.Received, c.in[:n]...)
		c.in = c.in[n:]
		c.n.later(func() { c.conn.unread -= n })
	}
	if c.eof && len(c.in) == 0 && c.End == nil {
		c.end(io.EOF)
		if !c.script.KeepOpen {
			c.out, c.finish = nil, true
			c.flush()
			c.gone = true
		}
	}
}

func (c *Client) end(err error) {
	c.End, c.Ended = err, c.n.Now()
}
