//go:build (linux || freebsd || darwin) && !deadline

package tcp

import (
	"io"
	"math/rand/v2"
	"os"
	"syscall"
	"testing"
	"time"

	"sockhttp/sock"
)

// A quietWorld is some connections of a listener, and time that stands still.
type quietWorld struct {
	t     *testing.T
	list  quietList
	now   time.Duration
	conns []*rawConn
	far   map[*rawConn]int // the clients' sockets
}

func newQuietWorld(t *testing.T) *quietWorld {
	w := &quietWorld{t: t, now: time.Hour, far: map[*rawConn]int{}}
	fd, err := newQuietList()
	if err != nil {
		t.Fatal(err)
	}
	w.list = quietList{fd: fd, now: func() time.Duration { return w.now }}
	t.Cleanup(func() {
		defer func() { w.list.close() }()
		for len(w.conns) > 0 {
			w.close(0)
		}
	})
	return w
}

func (w *quietWorld) connect() *rawConn {
	w.t.Helper()
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := syscall.SetNonblock(fds[0], true); err != nil {
		w.t.Fatal(err)
	}
	c := &rawConn{quiet: quiet{fd: int32(fds[0]), list: &w.list}}
	w.conns, w.far[c] = append(w.conns, c), fds[1]
	return c
}

func (w *quietWorld) close(i int) {
	c := w.conns[i]
	w.conns = append(w.conns[:i], w.conns[i+1:]...)
	c.Close()
	syscall.Close(w.far[c])
}

func (w *quietWorld) send(c *rawConn, n int) {
	if m, err := syscall.Write(w.far[c], make([]byte, n)); m != n {
		w.t.Fatal(err)
	}
}

// read reads what has come.
func (w *quietWorld) read(c *rawConn) int { return w.readWithin(c, 0) }

func (w *quietWorld) readWithin(c *rawConn, wait time.Duration) int {
	n, err := c.Read(make([]byte, 100), wait)
	if (err != nil) != (n == 0) || err != nil && err != os.ErrDeadlineExceeded {
		w.t.Fatalf("read %d, %v", n, err)
	}
	return n
}

// turn reads from each, and returns how many sockets were asked for that.
func (w *quietWorld) turn() (asked int) {
	for _, c := range w.conns {
		wasListed := c.quiet.listed
		if wasListed {
			c.quiet.polls = 0
		}
		w.read(c)
		if !wasListed || c.quiet.polls > 0 {
			asked++
		}
	}
	w.now += 100 * time.Millisecond
	return asked
}

// sendToQuiet sends something to one of some quiet connections, just after the list
// was asked.
func (w *quietWorld) sendToQuiet() *rawConn {
	for len(w.conns) < 3 {
		w.connect()
	}
	for w.turn() > 0 {
	}
	w.read(w.conns[0])
	w.send(w.conns[2], 1)
	return w.conns[2]
}

// Connections that have had nothing for some polls are asked no more, but all at
// once by way of the list; and what one has is found in its turn.
func TestQuietConnectionsAreAskedTogether(t *testing.T) {
	w := newQuietWorld(t)
	for range 300 {
		w.connect()
	}
	for _, c := range w.conns {
		for range quietAfter - 1 {
			w.read(c)
		}
	}
	for i, want := range []int{300, 300, 0, 0} { // the last poll before they are listed, and the first after that
		before := w.now
		if n := w.turn(); n != want {
			t.Errorf("turn %d asks %d sockets, want %d", i, n, want)
		}
		if isAsked := w.list.asked == before; isAsked != (want == 0) {
			t.Errorf("turn %d asks the list: %t", i, isAsked)
		}
	}
	for i, c := range w.conns {
		w.send(c, i%3) // more of them than one call tells of
	}
	for i, c := range w.conns {
		if n := w.read(c); n != i%3 {
			t.Errorf("read %d bytes, want %d", n, i%3)
		}
	}
	if n := w.turn(); n != 200 {
		t.Errorf("%d sockets are asked for more, want the 200 that had something", n)
	}
	if n := w.turn(); n != 0 {
		t.Errorf("%d sockets are asked when all are quiet again", n)
	}
	syscall.Close(w.far[w.conns[7]])
	w.far[w.conns[7]] = -1
	if _, err := w.conns[7].Read(make([]byte, 1), 0); err != io.EOF {
		t.Errorf("at the end of what a quiet client sends: %v", err)
	}
}

// An answer of the list is not used when it is old, nor by a read that is to miss
// nothing.
func TestAnAnswerDoesNotHoldForLong(t *testing.T) {
	w := newQuietWorld(t)
	quiet := w.sendToQuiet()
	w.now += answerHolds
	if n := w.read(quiet); n != 0 {
		t.Error("the answer is not used")
	}
	w.now++
	if n := w.read(quiet); n != 1 {
		t.Error("the answer is used though it is old")
	}
	w.sendToQuiet()
	if n := w.readWithin(quiet, -1); n != 1 {
		t.Error("the answer is used by a read that is to miss nothing")
	}
}

// A system whose list is full has each asked by itself.
func TestNoRoomOnTheList(t *testing.T) {
	w := newQuietWorld(t)
	fd := w.list.fd
	w.list.fd = -1
	one := w.connect()
	for range 3 * quietAfter {
		w.turn()
	}
	w.send(one, 1)
	if n := w.read(one); n != 1 || one.quiet.listed {
		t.Errorf("read %d bytes; is it listed: %t", n, one.quiet.listed)
	}
	w.list.fd = fd
	if w.sendToQuiet(); !one.quiet.listed {
		t.Error("it is not listed when there is room again")
	}
}

// When the listener is closed, or the system fails, each is asked by itself: the
// clients are served on.
func TestQuietConnectionsAreServedOn(t *testing.T) {
	for _, fails := range []bool{false, true} {
		w := newQuietWorld(t)
		quiet := w.sendToQuiet()
		if fails {
			syscall.Close(w.list.fd)
			w.now += answerHolds + 1
		} else {
			w.list.close()
		}
		if n := w.read(quiet); n != 1 {
			t.Errorf("the system fails: %t; read %d bytes, want 1", fails, n)
		}
		for range 2 * quietAfter {
			w.read(quiet)
		}
		w.send(quiet, 2)
		if n := w.read(quiet); n != 2 {
			t.Errorf("the system has failed: %t; read %d bytes, want 2", fails, n)
		}
		w.close(2)
	}
}

// A connection that is closed twice takes nothing from another with its number.
func TestQuietConnectionsAreClosedOnce(t *testing.T) {
	w := newQuietWorld(t)
	for range 3 {
		w.connect()
	}
	for w.turn() > 0 {
	}
	old := w.conns[1]
	w.close(1)
	w.list.conns[old.fd] = w.conns[0] // which has the number now
	old.leave()
	if w.list.conns[old.fd] != w.conns[0] {
		t.Error("another is off the list")
	}
}

// What the poll of a list has found, the read after it finds, too.
func TestAnAnswerDoesNotHoldAgainstANewerOne(t *testing.T) {
	l, err := Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	w := newQuietWorld(t)
	quiet := w.sendToQuiet()
	list := []sock.Asked{{Conn: quiet, Input: true}}
	l.(sock.ListPoller).PollList(list, 0)
	if n := w.read(quiet); n != 1 || !list[0].Ready {
		t.Errorf("read %d bytes when the poll said %t", n, list[0].Ready)
	}
}

// Connections come, go, send and are asked in any order. What came more than
// answerHolds ago is found.
func TestQuietConnectionsInAnyOrder(t *testing.T) {
	for seed := range uint64(20) {
		w := newQuietWorld(t)
		r := rand.New(rand.NewPCG(seed, 1))
		sent := map[*rawConn][]time.Duration{} // when each byte was that is not yet read
		missed := 0
		for range 3000 {
			if len(w.conns) == 0 || r.IntN(40) == 0 {
				w.connect()
				continue
			}
			i := r.IntN(len(w.conns))
			c := w.conns[i]
			switch r.IntN(30) {
			case 0:
				w.close(i)
			case 1, 2:
				w.send(c, 1)
				sent[c] = append(sent[c], w.now)
			case 3:
				w.now += time.Duration(r.IntN(int(2 * answerHolds)))
			default:
				wait := -time.Duration(r.IntN(2))
				n, least := w.readWithin(c, wait), 0
				for _, at := range sent[c] {
					if wait < 0 || w.now-at > answerHolds {
						least++
					}
				}
				if n < least || n > len(sent[c]) {
					t.Fatalf("seed %d: read %d bytes with a wait of %d, where %d of %d must be found", seed, n, wait, least, len(sent[c]))
				}
				if sent[c] = sent[c][n:]; len(sent[c]) > 0 {
					missed++
				}
			}
		}
		if missed == 0 {
			t.Errorf("seed %d: no answer was used that was no longer true", seed)
		}
	}
}
