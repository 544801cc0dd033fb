package socktest

import (
	"time"

	"sockhttp/sock"
)

// A listPoller is a listener that is a sock.ListPoller.
type listPoller struct{ listener }

func (l listPoller) PollList(list []sock.Asked, wait time.Duration) (waiting bool) {
	n := l.n
	n.wait(wait, func() bool {
		ready := len(n.backlog) > 0 || n.interrupted
		for i := range list {
			a := &list[i]
			c := a.Conn.(*conn)
			if c.closed {
				panic("socktest: PollList of a connection that is closed")
			}
			a.Ready = a.Input && c.hasInput() || a.Output && c.hasRoom()
			ready = ready || a.Ready
		}
		return ready
	})
	n.interrupted = false
	return len(n.backlog) > 0
}

// hasInput reports whether Read would find something.
func (c *conn) hasInput() bool { return len(c.in) > 0 || c.eof || c.reset }

// hasRoom reports whether Write would send something, or fail.
func (c *conn) hasRoom() bool { return c.unread < c.n.Window || c.shut || c.reset }
