// Package pump sends what is queued for a client, as much at a time as its
// connection takes.
package pump

import (
	"os"
	"slices"
)

const (
	sendLimit  = 1 << 20  // bytes sent in one step
	firstPiece = 16 << 10 // bytes of a file, or shared bytes, that are sent with what was written before them
)

// A Conn is what an [Output] is sent to: package sock's, which tells of its
// methods.
type Conn interface {
	Write(p []byte) (int, error)
	SendFile(file *os.File, offset, n int64) (int64, error)
}

// A moreWriter is a Conn that can be told that more follows at once: some of a file, or
// the end. The bytes may wait for that, so that they do not wake the client for
// themselves.
type moreWriter interface {
	WriteMore(p []byte) (int, error)
}

// An Output is what is to be sent to a client: some bytes, and then some that
// others send, too, or some of a file. The zero Output is empty.
type Output struct {
	bytes []byte
	next  int // of the bytes, the first that is not sent

	shared [][]byte // what is not sent of the bytes that others send, too, which come after these

	file *part // what is not sent of a file, which comes after these; nil if nothing is

	sent int64 // bytes, from the first on
}

// A part is of a file.
type part struct {
	*os.File
	offset, left int64 // in bytes
}

// Sent is how many bytes were sent, from the first on.
func (o *Output) Sent() int64 { return o.sent }

// Size is how many bytes are not yet sent.
func (o *Output) Size() int64 {
	size := int64(len(o.bytes) - o.next)
	if o.file != nil {
		size += o.file.left
	}
	for _, p := range o.shared {
		size += int64(len(p))
	}
	return size
}

// Write queues a copy of p. Like SendFile, it panics if the bytes of SendBytes, or
// the file of SendFile, are not yet sent.
func (o *Output) Write(p []byte, spare *Buffers) {
	o.reserve(len(p), spare)
	o.bytes = append(o.bytes, p...)
}

// SendBytes queues p itself, unless it is short: it must not be changed. It may
// follow another SendBytes; it panics if the file of SendFile is not yet sent.
func (o *Output) SendBytes(p []byte, spare *Buffers) {
	switch {
	case len(p) == 0:
	case o.file == nil && (len(o.shared) > 0 || len(p) > firstPiece):
		o.shared = append(o.shared, p)
	default:
		o.Write(p, spare)
	}
}

// SendFile queues n bytes of file from offset on, and closes the file when they
// are sent or read, or are given up.
func (o *Output) SendFile(file *os.File, offset, n int64, spare *Buffers) {
	if !o.isOpen() {
		file.Close()
	}
	o.reserve(firstPiece, spare)
	had := len(o.bytes)
	// Ignore an error: sending the rest will meet it again.
	m, _ := file.ReadAt(o.bytes[had:had+int(min(n, firstPiece))], offset)
	o.bytes = o.bytes[:had+m]
	if int64(m) == n {
		file.Close()
		return
	}
	o.file = &part{file, offset + int64(m), n - int64(m)}
}

// reserve makes room for n more bytes.
func (o *Output) reserve(n int, spare *Buffers) {
	o.mustBeOpen()
	o.bytes = spare.Grow(o.bytes, n)
}

// isOpen reports whether more may be queued: what is queued does not end in
// something that must be sent first.
func (o *Output) isOpen() bool { return o.file == nil && len(o.shared) == 0 }

// mustBeOpen panics unless more may be queued.
func (o *Output) mustBeOpen() {
	if !o.isOpen() {
		panic("sock: output after SendFile or SendBytes, before that is sent")
	}
}

// SendTo sends to conn as much as it takes, but no more than sendLimit, so that
// a fast client with a large file does not keep the others waiting. If the connection
// ends, the caller shuts it for writing as soon as everything is sent.
func (o *Output) SendTo(conn Conn, ends bool, spare *Buffers) (sent int64, err error) {
	for more := true; more && err == nil && sent < sendLimit && o.Size() > 0; {
		var n int64
		n, more, err = o.sendNext(conn, sendLimit-sent, ends, spare)
		sent += n
	}
	o.sent += sent
	return sent, err
}

// sendNext offers conn up to limit bytes of what is next, and reports how many
// were taken and whether more might be.
func (o *Output) sendNext(conn Conn, limit int64, ends bool, spare *Buffers) (n int64, more bool, err error) {
	if len(o.bytes) > 0 {
		offered := o.bytes[o.next:]
		offered = offered[:min(int64(len(offered)), limit)]
		write := conn.Write
		// On a new connection, which begins slowly, to hold back what goes before a file
		// would cost more than it saves.
		follows := ends && o.isOpen() || o.file != nil && o.sent > 0
		if c, ok := conn.(moreWriter); ok && follows {
			write = c.WriteMore
		}
		m, err := write(offered)
		if o.next += m; o.next == len(o.bytes) {
			o.clearBytes(spare)
		}
		return int64(m), m == len(offered), err
	}
	if len(o.shared) > 0 {
		offered := o.shared[0][:min(int64(len(o.shared[0])), limit)]
		m, err := conn.Write(offered)
		if o.shared[0] = o.shared[0][m:]; len(o.shared[0]) == 0 {
			o.shared = slices.Delete(o.shared, 0, 1)
		}
		return int64(m), m == len(offered), err
	}
	f := o.file
	offered := min(f.left, limit)
	n, err = conn.SendFile(f.File, f.offset, offered)
	f.offset += n
	if f.left -= n; f.left == 0 {
		o.closeFile()
	}
	return n, n == offered, err
}

// Clear gives up what is not yet sent.
func (o *Output) Clear(spare *Buffers) {
	o.clearBytes(spare)
	o.shared = nil
	o.closeFile()
}

func (o *Output) clearBytes(spare *Buffers) {
	spare.Give(o.bytes)
	o.bytes, o.next = nil, 0
}

func (o *Output) closeFile() {
	if o.file != nil {
		o.file.Close()
		o.file = nil
	}
}
