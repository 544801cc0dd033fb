//go:build (linux || freebsd || darwin) && !deadline

package tcp

import (
	"math"
	"math/rand/v2"
	"os"
	"syscall"
	"testing"
	"time"
)

// A quietWorld is some connections of a listener, and time that stands still.
type quietWorld struct {
	t     *testing.T
	quiet quiet
	now   time.Time
	conns []*rawConn
	far   map[*rawConn]int // the clients' sockets
}

func newQuietWorld(t *testing.T) *quietWorld {
	w := &quietWorld{t: t, now: time.Now(), far: map[*rawConn]int{}}
	w.quiet.now, w.quiet.round = func() time.Time { return w.now }, math.MaxUint32-20 // which wraps
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
	c := &rawConn{fd: int32(fds[0]), quiet: &w.quiet}
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
func (w *quietWorld) read(c *rawConn) int {
	n, err := c.Read(make([]byte, 100), 0)
	if (err != nil) != (n == 0) || err != nil && err != os.ErrDeadlineExceeded {
		w.t.Fatalf("read %d, %v", n, err)
	}
	return n
}

// turn reads from each, and returns how often some were asked.
func (w *quietWorld) turn() uint32 {
	before := w.quiet.round
	for _, c := range w.conns {
		w.read(c)
	}
	w.now = w.now.Add(100 * time.Millisecond)
	return w.quiet.round - before
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
	first, second, third := w.connect(), w.connect(), w.connect()
	w.turn()
	w.read(first)
	w.read(second) // third is asked, too
	w.send(third, 1)
	w.now = w.now.Add(answerHolds)
	if n := w.read(third); n != 0 {
		t.Error("the answer is not used")
	}
	if n := w.read(third); n != 1 {
		t.Error("the answer is used again")
	}
	w.turn()
	w.read(first)
	w.read(second)
	w.send(third, 1)
	w.now = w.now.Add(answerHolds + 1)
	if n := w.read(third); n != 1 {
		t.Error("the answer is used though it is old")
	}
}

// Connections come, go, send and are asked in any order. What had come when one
// was last asked is found.
func TestQuietConnectionsInAnyOrder(t *testing.T) {
	for seed := range uint64(20) {
		w := newQuietWorld(t)
		r := rand.New(rand.NewPCG(seed, 1))
		sent, late := map[*rawConn]int{}, map[*rawConn]int{} // before it was last asked, and since
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
			case 3:
				w.now = w.now.Add(time.Duration(r.IntN(int(2 * answerHolds))))
			default:
				n := w.read(c)
				if n < sent[c] || n > sent[c]+late[c] {
					t.Fatalf("seed %d: read %d bytes, of %d that had come and %d that came since", seed, n, sent[c], late[c])
				}
				sent[c], late[c] = sent[c]+late[c]-n, 0
			}
		}
	}
}
