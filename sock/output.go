package sock

import (
	"fmt"
	"os"
	"slices"
	"time"
)

const (
	sendLimit  = 1 << 20  // bytes sent in one callback
	firstPiece = 16 << 10 // bytes of a file, or shared bytes, that are sent with what was written before them
)

// An output is what is to be sent to a client: some bytes, and then some that
// others send, too, or some of a file.
type output struct {
	bytes []byte
	next  int // of the bytes, the first that is not sent

	shared []byte // what is not sent of the bytes that others send, too

	file   *os.File
	offset int64 // of the file's first byte that is not sent
	left   int64 // bytes of the file that are not sent

	closed bool // nothing more will be queued

	sent     int64     // bytes, since the client was accepted
	lastSent time.Time // when some of this was, or was queued
}

func (o *output) isEmpty() bool { return o.size() == 0 }

// size is how many bytes are not yet sent.
func (o *output) size() int64 { return int64(len(o.bytes)-o.next+len(o.shared)) + o.left }

func (o *output) write(p []byte, spare *buffers) {
	o.reserve(len(p), spare)
	o.bytes = append(o.bytes, p...)
}

func (o *output) sendBytes(p []byte, spare *buffers) {
	if len(p) <= firstPiece {
		o.write(p, spare)
		return
	}
	o.mustBeOpen()
	o.shared = p
}

func (o *output) sendFile(file *os.File, offset, n int64, spare *buffers) {
	o.reserve(firstPiece, spare)
	had := len(o.bytes)
	// Ignore an error: sending the rest will meet it again.
	m, _ := file.ReadAt(o.bytes[had:had+int(min(n, firstPiece))], offset)
	o.bytes = o.bytes[:had+m]
	o.file, o.offset, o.left = file, offset+int64(m), n-int64(m)
	if o.left == 0 {
		o.closeFile()
	}
}

// reserve makes room for n more bytes.
func (o *output) reserve(n int, spare *buffers) {
	o.mustBeOpen()
	if o.bytes == nil {
		o.bytes = spare.take()
	}
	o.bytes = slices.Grow(o.bytes, n)
}

// mustBeOpen panics if what is queued ends in something that must be sent first.
func (o *output) mustBeOpen() {
	if o.file != nil || o.shared != nil {
		panic("sock: output after SendFile or SendBytes, before that is sent")
	}
}

// sendTo sends to conn as much as it takes, but no more than sendLimit, so that
// a fast client with a large file does not keep the others waiting.
func (o *output) sendTo(conn Conn, spare *buffers) (sent int64, err error) {
	for more := true; more && err == nil && sent < sendLimit && !o.isEmpty(); {
		var n int64
		n, more, err = o.sendNext(conn, sendLimit-sent, spare)
		sent += n
	}
	o.sent += sent
	return sent, err
}

// sendNext offers conn up to limit bytes of what is next, and reports how many
// were taken and whether more might be.
func (o *output) sendNext(conn Conn, limit int64, spare *buffers) (n int64, more bool, err error) {
	if len(o.bytes) > 0 {
		offered := o.bytes[o.next:]
		offered = offered[:min(int64(len(offered)), limit)]
		m, err := conn.Write(offered)
		if o.next += m; o.next == len(o.bytes) {
			o.clearBytes(spare)
		}
		return int64(m), m == len(offered), err
	}
	if len(o.shared) > 0 {
		offered := o.shared[:min(int64(len(o.shared)), limit)]
		m, err := conn.Write(offered)
		if o.shared = o.shared[m:]; len(o.shared) == 0 {
			o.shared = nil
		}
		return int64(m), m == len(offered), err
	}
	offered := min(o.left, limit)
	n, err = conn.SendFile(o.file, o.offset, offered)
	o.offset += n
	o.left -= n
	if o.left == 0 {
		o.closeFile()
	}
	return n, n == offered, err
}

func (o *output) clear(spare *buffers) {
	o.clearBytes(spare)
	o.shared = nil
	o.closeFile()
}

func (o *output) clearBytes(spare *buffers) {
	spare.give(o.bytes)
	o.bytes, o.next = nil, 0
}

func (o *output) closeFile() {
	if o.file != nil {
		o.file.Close()
		o.file, o.left = nil, 0
	}
}

// send is a step of sending what is queued. It does nothing if nothing is.
func (u *Unit) send() {
	if u.state != sending && u.state != finishing {
		return
	}
	p, o := u.poller, &u.output
	sent, err := o.sendTo(u.conn, &p.spare)
	now := u.Now()
	if sent > 0 {
		o.lastSent = now
		u.backoff.active(now)
		p.trace(u, Event{Kind: Wrote, Bytes: sent})
	}
	switch {
	case err != nil:
		u.drop(err)
	case o.isEmpty():
		u.sentAll()
	case now.Sub(o.lastSent) >= p.Limits.SendTimeout:
		u.drop(fmt.Errorf("nothing sent for %v: %w", p.Limits.SendTimeout, os.ErrDeadlineExceeded))
	}
}

// sentAll is called when the output is sent.
func (u *Unit) sentAll() {
	if u.state == finishing {
		u.freeNow()
		return
	}
	u.state = receiving
	if u.input.timeout > 0 {
		u.LimitInput(u.input.timeout)
	}
	u.reportReply(nil)
	if u.output.closed {
		u.closeWriteNow()
	}
}
