package command

import (
	"bufio"
	"io"
	"time"

	"sockhttp/cmd/control"
	"sockhttp/sock"
	"sockhttp/timer"
)

// Controlled reports whether -slow or -step was given. The server then needs
// a clock and a listener of package control, and Control.
func (o *ServerOptions) Controlled() bool { return o.slower > 1 || o.step }

// Control has c do to a server what -slow and -step say, before the queue runs.
// With -step, stdin is read on a goroutine of its own, until it ends.
func (o *ServerOptions) Control(c *control.Control, queue *timer.Queue, server *sock.Server, stdin io.Reader, log *Log) {
	if !o.Controlled() {
		return
	}
	c.Attach(queue, server)
	c.SetSlower(o.slower)
	if o.step {
		c.Pause()
		log.verbose.setFull(true)
		log.Logger.Printf("%s: press Enter for the next callback; the end of the input lets the server run", log.program)
		go step(c, queue, stdin, log)
	}
}

// step has the server run one callback for each line of stdin, and then lets it
// run.
func step(c *control.Control, queue *timer.Queue, stdin io.Reader, log *Log) {
	for lines := bufio.NewScanner(stdin); lines.Scan(); {
		begun := make(chan struct{})
		c.Step()
		queue.Post(func() { close(begun) })
		<-begun
		for s := c.State(); !s.Paused && !s.Released; s = c.State() {
			time.Sleep(time.Millisecond) // its poll may wait
		}
	}
	log.Logger.Printf("%s: the input has ended, and the server runs", log.program)
	queue.Post(func() { log.verbose.setFull(false) })
	c.Resume()
}
