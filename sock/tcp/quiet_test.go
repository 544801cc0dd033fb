//go:build (linux || freebsd || darwin) && !deadline

package tcp

import (
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"syscall"
	"testing"
	"time"

	"sockhttp/sock"
)

// A quietWorld is some connections of a listener, and time that stands still.
type quietWorld struct {
	t     *testing.T
	ring  ring
	now   time.Time
	conns []*rawConn
	far   map[*rawConn]int // the clients' sockets
}

func newQuietWorld(t *testing.T) *quietWorld {
	w := &quietWorld{t: t, now: time.Now(), far: map[*rawConn]int{}}
	w.ring.now, w.ring.round = func() time.Time { return w.now }, math.MaxUint32-20 // which wraps
	t.Cleanup(func() {
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
	c := &rawConn{fd: int32(fds[0]), place: place{ring: &w.ring}}
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

// turn reads from each, and returns how often some were asked.
func (w *quietWorld) turn() uint32 {
	before := w.ring.round
	for _, c := range w.conns {
		w.read(c)
	}
	w.now = w.now.Add(100 * time.Millisecond)
	return w.ring.round - before
}

// sendAskedAhead sends something to the third of three connections, just after that
// was asked along with the second.
func (w *quietWorld) sendAskedAhead() (third *rawConn) {
	for len(w.conns) < 3 {
		w.connect()
	}
	w.turn()
	w.read(w.conns[0])
	w.read(w.conns[1])
	w.send(w.conns[2], 1)
	return w.conns[2]
}

// Connections that are asked in order, and have nothing, are asked together, and
// what one has is found in its turn.
func TestQuietConnectionsAreAskedTogether(t *testing.T) {
	w := newQuietWorld(t)
	for range 300 {
		w.connect()
	}
	if n := w.turn(); n != 0 {
		t.Errorf("%d rounds for connections of which nothing is known", n)
	}
	for range 2 {
		if n := w.turn(); n != 9 { // of 1, 2, 4 and so on up to 128, and of 128
			t.Errorf("300 connections are asked in %d rounds, want 9", n)
		}
	}
	// One that has no more turns, as when its client is sent something, costs the
	// others one turn. Then it is asked no more.
	gone := w.conns[40]
	w.conns = slices.Delete(w.conns, 40, 41)
	w.turn()
	for range 2 {
		if n := w.turn(); n != 9 {
			t.Errorf("299 connections, beside one that is polled no more, are asked in %d rounds, want 9", n)
		}
	}
	w.conns = append(w.conns, gone)
	w.turn()
	if n := w.turn(); n != 9 {
		t.Errorf("300 connections, one of them again, are asked in %d rounds, want 9", n)
	}
	slices.Reverse(w.conns)
	w.turn()
	w.turn()
	if n := w.turn(); n != 9 {
		t.Errorf("300 connections, in another order, are asked in %d rounds, want 9", n)
	}
	one := w.conns[17]
	w.send(one, 5)
	for _, c := range w.conns {
		if n, want := w.read(c), map[bool]int{true: 5}[c == one]; n != want {
			t.Errorf("read %d bytes, want %d", n, want)
		}
	}
}

// An answer is used once, and not if it is old.
func TestAnAnswerDoesNotHoldForLong(t *testing.T) {
	w := newQuietWorld(t)
	third := w.sendAskedAhead()
	w.now = w.now.Add(answerHolds)
	if n := w.read(third); n != 0 {
		t.Error("the answer is not used")
	}
	if n := w.read(third); n != 1 {
		t.Error("the answer is used again")
	}
	w.sendAskedAhead()
	w.now = w.now.Add(answerHolds + 1)
	if n := w.read(third); n != 1 {
		t.Error("the answer is used though it is old")
	}
	w.sendAskedAhead()
	if n := w.readWithin(third, -1); n != 1 {
		t.Error("an answer is used by a read that is to miss nothing")
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
	third := w.sendAskedAhead()
	list := []sock.Asked{{Conn: third, Input: true}}
	l.(sock.ListPoller).PollList(list, 0)
	if n := w.read(third); n != 1 || !list[0].Ready {
		t.Errorf("read %d bytes when the poll said %t", n, list[0].Ready)
	}
}

// Connections come, go, send and are asked in any order. What had come when one
// was last asked is found.
func TestQuietConnectionsInAnyOrder(t *testing.T) {
	for seed := range uint64(20) {
		w := newQuietWorld(t)
		r := rand.New(rand.NewPCG(seed, 1))
		sent, late := map[*rawConn]int{}, map[*rawConn]int{} // before it was last read, and since
		when := map[*rawConn]time.Time{}                     // it was sent something last
		next := 0
		for range 3000 {
			if len(w.conns) == 0 || r.IntN(40) == 0 {
				w.connect()
				continue
			}
			next = (next + 1) % len(w.conns)
			i := next // mostly in order
			if r.IntN(20) == 0 {
				i = r.IntN(len(w.conns))
			}
			c := w.conns[i]
			switch r.IntN(30) {
			case 0:
				w.close(i)
			case 1, 2:
				w.send(c, 1)
				late[c]++
				when[c] = w.now
			case 3:
				w.now = w.now.Add(time.Duration(r.IntN(int(2 * answerHolds))))
			default:
				wait := -time.Duration(r.IntN(2))
				n, least := w.readWithin(c, wait), sent[c]
				if wait < 0 || w.now.Sub(when[c]) > answerHolds {
					least += late[c]
				}
				if n < least || n > sent[c]+late[c] {
					t.Fatalf("seed %d: read %d bytes with a wait of %d, of %d that had come and %d that came since, %v ago", seed, n, wait, sent[c], late[c], w.now.Sub(when[c]))
				}
				sent[c], late[c] = sent[c]+late[c]-n, 0
			}
		}
	}
}
