package pump_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sockhttp/sock/internal/pump"
)

const (
	piece = 16 << 10 // bytes of a file that are read at once
	step  = 1 << 20  // bytes that are sent in one step
)

// A conn takes up to room bytes, and then fails if it is to.
type conn struct {
	bytes.Buffer
	room int
	err  error
}

func (c *conn) Write(p []byte) (int, error) {
	n := min(len(p), c.room)
	c.room -= n
	c.Buffer.Write(p[:n])
	if n < len(p) {
		return n, c.err
	}
	return n, nil
}

func (c *conn) SendFile(file *os.File, offset, n int64) (int64, error) {
	p := make([]byte, n)
	m, err := file.ReadAt(p, offset)
	if err == io.EOF && m == 0 {
		return 0, io.ErrUnexpectedEOF
	}
	m, err = c.Write(p[:m])
	return int64(m), err
}

// open is a file of content.
func open(t *testing.T, content string) *os.File {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return file
}

func isClosed(file *os.File) bool {
	_, err := file.Read(nil)
	return errors.Is(err, os.ErrClosed)
}

func letters(n int) string { return strings.Repeat("abcdefghijklm", n/13+1)[:n] }

// A file that has become shorter than was promised gives its bytes and then an
// error, and nothing that was in the buffer before.
func TestAFileThatIsTooShort(t *testing.T) {
	for _, size := range []int{0, 5, piece - 1, piece, piece + 5, 3 * piece} {
		var spare pump.Buffers
		spare.Give(bytes.Repeat([]byte("stale"), piece/5))
		spare.Settle()
		var o pump.Output
		c := &conn{room: 1 << 30}
		o.SendFile(open(t, letters(size)), 0, int64(size)+100, &spare)
		sent, err := o.SendTo(c, false, &spare)
		if err == nil { // what had been read is sent
			var more int64
			more, err = o.SendTo(c, false, &spare)
			sent += more
		}
		if c.String() != letters(size) || sent != int64(size) || o.Sent() != sent || err != io.ErrUnexpectedEOF {
			t.Errorf("of a file of %d bytes %d were sent, %d counted, then %v", size, c.Len(), sent, err)
		}
	}
}

// What is queued is sent in its order and once, from where it should be,
// whatever the connection takes at a time.
func TestEverythingIsSentInItsOrder(t *testing.T) {
	const offset = 3
	for _, size := range []int{1, piece, piece + 1, 2*piece + 7} {
		for _, room := range []int{1 << 30, piece, 4099} {
			file := open(t, letters(offset+size+50))
			shared := []byte(letters(size))
			few := shared[size/3 : size/2] // which are not copied behind others
			for name, queue := range map[string]func(o *pump.Output, spare *pump.Buffers){
				"a file": func(o *pump.Output, spare *pump.Buffers) { o.SendFile(file, offset, int64(size), spare) },
				"bytes":  func(o *pump.Output, spare *pump.Buffers) { o.SendBytes(shared, spare) },
				"more bytes": func(o *pump.Output, spare *pump.Buffers) {
					o.SendBytes(shared[:size/3], spare)
					o.SendBytes(few, spare)
					o.SendBytes(nil, spare)
					o.SendBytes(shared[size/2:], spare)
					o.SendBytes(shared[size:], spare) // nothing, which is not to be sent either
				},
			} {
				var spare pump.Buffers
				var o pump.Output
				o.Write([]byte("head "), &spare)
				o.Write([]byte("and "), &spare)
				queue(&o, &spare)
				total := int64(9 + size)
				want := "head and " + letters(size)
				if name == "a file" {
					want = "head and " + letters(offset + size)[offset:]
				}
				if o.Size() != total || o.Sent() != 0 {
					t.Fatalf("queued %d bytes, %d sent; want %d, 0", o.Size(), o.Sent(), total)
				}
				c := &conn{}
				for steps := 0; o.Size() > 0 && steps < 1000; steps++ {
					c.room = room
					n, err := o.SendTo(c, false, &spare)
					if err != nil {
						t.Fatal(err)
					}
					if n != int64(min(room, int(total)-c.Len()+int(n))) || o.Sent() != int64(c.Len()) || o.Size() != total-o.Sent() {
						t.Fatalf("%s of %d bytes with room for %d: sent %d, %d in all, %d left", name, size, room, n, o.Sent(), o.Size())
					}
				}
				if c.String() != want {
					t.Errorf("%s of %d bytes with room for %d: %d bytes arrived, not the %d that were queued", name, size, room, c.Len(), len(want))
				}
				if name == "a file" && !isClosed(file) {
					t.Errorf("a file of %d bytes is open when it is sent", size)
				}
				o.Write([]byte("next"), &spare) // as it may now
			}
		}
	}
}

// One step sends a mebibyte at most, of whatever it is, so that others wait no
// longer.
func TestAStepIsBounded(t *testing.T) {
	const size = 5 << 20
	for name, queue := range map[string]func(o *pump.Output, spare *pump.Buffers){
		"written": func(o *pump.Output, spare *pump.Buffers) { o.Write(make([]byte, size), spare) },
		"shared":  func(o *pump.Output, spare *pump.Buffers) { o.SendBytes(make([]byte, size), spare) },
		"a file":  func(o *pump.Output, spare *pump.Buffers) { o.SendFile(open(t, letters(size)), 0, size, spare) },
		"one after both": func(o *pump.Output, spare *pump.Buffers) {
			o.Write(make([]byte, size/2), spare)
			o.SendBytes(make([]byte, size/2), spare)
		},
	} {
		var spare pump.Buffers
		var o pump.Output
		queue(&o, &spare)
		c := &conn{room: 1 << 30}
		for range size / step {
			if n, err := o.SendTo(c, false, &spare); n != step || err != nil {
				t.Errorf("%s: %d bytes, %v in a step", name, n, err)
			}
		}
		if o.Size() != 0 {
			t.Errorf("%s: %d bytes are left", name, o.Size())
		}
	}
}

// An error ends the step, and what was sent before it counts.
func TestAnError(t *testing.T) {
	failure := errors.New("broken")
	for name, queue := range map[string]func(o *pump.Output, spare *pump.Buffers){
		"written": func(o *pump.Output, spare *pump.Buffers) { o.Write(make([]byte, 3*piece), spare) },
		"shared":  func(o *pump.Output, spare *pump.Buffers) { o.SendBytes(make([]byte, 3*piece), spare) },
		"a file":  func(o *pump.Output, spare *pump.Buffers) { o.SendFile(open(t, letters(3*piece)), 0, 3*piece, spare) },
	} {
		var spare pump.Buffers
		var o pump.Output
		queue(&o, &spare)
		c := &conn{room: 2*piece + 1, err: failure}
		if n, err := o.SendTo(c, false, &spare); n != 2*piece+1 || err != failure || o.Sent() != n {
			t.Errorf("%s: sent %d, %v, in all %d", name, n, err, o.Sent())
		}
	}
}

// After a file nothing may be queued until it is sent, and after shared bytes only
// more of them.
func TestNothingIsQueuedBehindAFile(t *testing.T) {
	var file *os.File
	queue := map[string]func(o *pump.Output, spare *pump.Buffers){
		"a word": func(o *pump.Output, spare *pump.Buffers) { o.Write([]byte("x"), spare) },
		"bytes":  func(o *pump.Output, spare *pump.Buffers) { o.SendBytes(make([]byte, 2*piece), spare) },
		"a file": func(o *pump.Output, spare *pump.Buffers) { o.SendFile(file, 0, 2*piece, spare) },
	}
	for first := range queue {
		for second := range queue {
			if first == "a word" || first == "bytes" && second == "bytes" {
				continue
			}
			func() {
				defer func() {
					if recover() == nil {
						t.Errorf("%s after %s does not panic", second, first)
					}
					if second == "a file" && !isClosed(file) {
						t.Errorf("%s after %s: the file is open", second, first)
					}
				}()
				var spare pump.Buffers
				var o pump.Output
				file = open(t, letters(2*piece))
				queue[first](&o, &spare)
				file = open(t, letters(2*piece))
				queue[second](&o, &spare)
			}()
		}
	}
}

// A few shared bytes are copied, so that anything may follow them.
func TestAFewSharedBytes(t *testing.T) {
	var spare pump.Buffers
	var o pump.Output
	shared := []byte(letters(piece))
	o.SendBytes(shared, &spare)
	shared[0] = '!'
	o.Write([]byte("more"), &spare)
	c := &conn{room: 1 << 30}
	if o.SendTo(c, false, &spare); c.String() != letters(piece)+"more" {
		t.Errorf("%d bytes arrived, %.20q", c.Len(), c)
	}
}

// What is given up is not sent; its file is closed, and its buffer spared.
func TestClear(t *testing.T) {
	file, few := open(t, letters(2*piece)), open(t, "few")
	var spare pump.Buffers
	var o pump.Output
	o.SendFile(few, 0, 3, &spare)
	if !isClosed(few) {
		t.Error("a file that has been read is open")
	}
	o.SendFile(file, 0, 2*piece, &spare)
	c := &conn{room: 10}
	o.SendTo(c, false, &spare)
	if isClosed(file) {
		t.Error("a file is closed before it is sent")
	}
	o.Clear(&spare)
	if !isClosed(file) || o.Size() != 0 || o.Sent() != 10 || spare.Len() != 1 {
		t.Errorf("the file is closed: %t; %d bytes are left, %d were sent, %d buffers are spare", isClosed(file), o.Size(), o.Sent(), spare.Len())
	}
	o.SendBytes(make([]byte, 2*piece), &spare)
	o.Clear(&spare)
	o.Write([]byte("next"), &spare)
	c = &conn{room: 10}
	if n, err := o.SendTo(c, false, &spare); n != 4 || err != nil || c.String() != "next" {
		t.Errorf("sent %q, %d bytes, %v", c, n, err)
	}
}

// A buffer that was given is used again, unless it is too large to keep, and no
// more than some are kept.
func TestBuffers(t *testing.T) {
	var spare pump.Buffers
	if b := spare.Grow(nil, 0); b != nil {
		t.Errorf("a buffer of %d bytes came from nowhere", cap(b))
	}
	spare.Give(nil)
	const largest = 128 << 10
	spare.Give(make([]byte, 0, largest+1))
	if spare.Len() > 0 {
		t.Errorf("%d buffers were kept", spare.Len())
	}
	first, second := make([]byte, 7, largest), make([]byte, 7)
	spare.Give(first)
	spare.Give(second)
	if b := spare.Grow(nil, 1); cap(b) == largest || cap(b) == 7 {
		t.Error("a buffer is taken that may be read until Settle is called")
	}
	spare.Settle()
	if b := spare.Grow(first, 0); &b[0] != &first[0] || spare.Len() != 2 {
		t.Error("a buffer that is in use is replaced")
	}
	if b := spare.Grow(nil, 1); len(b) != 0 || &b[:1][0] != &second[0] {
		t.Error("the buffer that was given last is not taken first, or not empty")
	}
	if b := spare.Grow(nil, 1); len(b) != 0 || &b[:1][0] != &first[0] {
		t.Error("the buffer that was given first is not there, or not empty")
	}
	for range 100 {
		spare.Give(make([]byte, 1))
	}
	if spare.Settle(); spare.Len() != 16 {
		t.Errorf("%d buffers are kept", spare.Len())
	}
}

// A moreConn notes by which way what is sent comes.
type moreConn struct {
	conn
	ways string
}

func (c *moreConn) Write(p []byte) (int, error) {
	c.ways += "w"
	return c.conn.Write(p)
}

func (c *moreConn) WriteMore(p []byte) (int, error) {
	c.ways += "m"
	return c.conn.Write(p)
}

func (c *moreConn) SendFile(file *os.File, offset, n int64) (int64, error) {
	c.ways += "f"
	return c.conn.SendFile(file, offset, n)
}

// A connection is told when it ends after this or, unless it is new, a file follows; and
// only then: what it then keeps back would wait for what does not come.
func TestMoreFollows(t *testing.T) {
	var spare pump.Buffers
	var o pump.Output
	c := &moreConn{conn: conn{room: 1 << 30}}
	type test struct {
		size int
		ends bool
		ways string
	}
	for _, test := range []test{{piece + 1, false, "wf"}, {0, false, "w"}, {piece, false, "w"}, {piece + 1, false, "mf"}, {piece + 1, true, "mf"}, {0, true, "m"}, {piece, true, "m"}} {
		c.ways = ""
		c.Reset()
		o.Write([]byte("head "), &spare)
		if test.size > 0 {
			o.SendFile(open(t, letters(test.size)), 0, int64(test.size), &spare)
		}
		if _, err := o.SendTo(c, test.ends, &spare); err != nil || c.ways != test.ways || c.String() != "head "+letters(test.size) {
			t.Errorf("a file of %d bytes, ends %v: %q, %d bytes, %v; want %q", test.size, test.ends, c.ways, c.Len(), err, test.ways)
		}
	}
}
