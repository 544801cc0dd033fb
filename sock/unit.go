package sock

import (
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"time"

	"sockhttp/timer"
)

// A Unit is one client's connection, which IDL knows by its logical unit
// number. A [Routine] reads what has come with Input and Err, queues its reply
// with Write and SendFile, and ends with Free; none of these waits. A unit
// belongs to the goroutine of its server's queue.
type Unit struct {
	// Value is the routine's, for what it must remember of the client
	// between two calls.
	Value any

	server   *Server
	conn     Conn
	lun      int
	addr     net.Addr // once it was asked for
	state    state
	accepted time.Time
	rhythm   rhythm
	looked   time.Time // when its socket was last polled or offered something

	serverCallback, lingerCallback func(timer.ID) // of this unit, made once

	in        []byte
	inErr     error
	inBy      time.Time     // when all input must have come
	inWithin  time.Duration // the same from when what is queued is sent, or zero
	asked     time.Time     // when the input began that is next to be replied to
	discarded bool          // some of it, by the routine's last call
	again     bool          // the routine is to be called without new input

	out      []byte // the reply: these bytes,
	outAt    int    // sent up to here,
	file     *os.File
	fileAt   int64 // and then, from here,
	fileLeft int64 // so many of the file
	freeing  bool  // Free was called
	sent     int64
	replied  int64 // of them in replies that were reported
	note     string
	freed    time.Time
	dropped  error // why it was given up
}

// The states of a client, in their order.
type state int

const (
	reading   state = iota // its input is polled and given to the routine
	sending                // what the routine has written goes out
	lingering              // it has no unit any more; its last input is dropped
	closed
)

// LUN is the unit's number: the lowest that was free when the client was
// accepted, from 101.
func (u *Unit) LUN() int { return u.lun }

// RemoteAddr is the client's address.
func (u *Unit) RemoteAddr() net.Addr {
	if u.addr == nil {
		u.addr = u.conn.RemoteAddr()
	}
	return u.addr
}

// Input is everything that the client has sent so far and the routine has not
// discarded. The slice is valid until the routine returns.
func (u *Unit) Input() []byte { return u.in }

// Discard takes the first n bytes from the input: they are dealt with. If some
// are left, the routine is called again for them when what it has written is
// sent, whether more has come or not.
func (u *Unit) Discard(n int) {
	u.in = u.in[n:]
	if len(u.in) == 0 {
		u.in = nil
	}
	u.discarded = true
}

// LimitInput gives the client d for all of the input to come, in place of
// [Limits].Input: from now or, if anything is queued, from when that is sent.
func (u *Unit) LimitInput(d time.Duration) {
	u.inBy, u.inWithin = u.Now().Add(d), 0
	if u.state == sending {
		u.inWithin = d
	}
	if u.inErr == os.ErrDeadlineExceeded {
		u.inErr = nil
	}
}

// Err tells why no more input will come: io.EOF when the client has shut its
// side, os.ErrDeadlineExceeded when the unit's time for its input is over
// ([Limits].Input), or the network's error. It is nil while input may come.
// A unit that has an error when the routine returns is freed, unless the
// routine has discarded some of the input and will be called for the rest.
func (u *Unit) Err() error { return u.inErr }

// Now is the time by the queue's clock.
func (u *Unit) Now() time.Time { return u.server.queue.Now() }

// Note says in a word what the reply is, say its status, for the Replied event.
func (u *Unit) Note(note string) { u.note = note }

// Write queues a copy of p to be sent. It never fails; a client that cannot be
// reached is dropped. It implements [io.Writer].
func (u *Unit) Write(p []byte) (int, error) {
	u.wantNoFile()
	u.grow(len(p))
	u.out = append(u.out, p...)
	u.send()
	return len(p), nil
}

// SendFile queues the n bytes of file from offset on, after what was written,
// and closes the file when they are sent or the unit is freed; at once, if they
// are few. If the file ends sooner, the client is dropped: it was promised more.
// Until it is sent nothing else can be queued; trying to panics.
func (u *Unit) SendFile(file *os.File, offset, n int64) {
	u.wantNoFile()
	// The beginning goes out in one piece with what was written. An error
	// comes again when the rest is sent.
	at := len(u.out)
	u.grow(firstPiece)
	u.out = u.out[:at+int(min(n, firstPiece))]
	m, _ := file.ReadAt(u.out[at:], offset)
	u.out = u.out[:at+m]
	u.file, u.fileAt, u.fileLeft = file, offset+int64(m), n-int64(m)
	if u.fileLeft == 0 {
		u.closeFile()
	}
	u.send()
}

func (u *Unit) wantNoFile() {
	if u.file != nil {
		panic("sock: output after a file that is being sent")
	}
}

func (u *Unit) send() {
	if u.state == reading {
		u.state = sending
		u.rhythm.active = u.server.queue.Now() // the time without progress counts from here
	}
}

// Free gives the unit back (the post's free_lun) as soon as what was queued is
// sent. Its number is then free for another client; the connection is shut for
// writing and lingers until the client has closed it too, because closing
// a socket that still has input makes the network discard what was sent.
func (u *Unit) Free() {
	u.freeing = true
	if u.state == reading {
		u.server.free(u)
	}
}

// PollInput is IDL's FILE_POLL_INPUT on this unit: it reports whether there
// was input within wait, or anything else that the routine must know (the end
// of the input, an error, time over), which Input and Err then hold.
func (u *Unit) PollInput(wait time.Duration) bool {
	s := u.server
	s.trace(u, Event{Kind: PollBegun, Wait: wait})
	n, err := u.conn.Read(s.buffer, wait)
	s.trace(u, Event{Kind: PollEnded, Bytes: int64(n), Err: err})
	now := s.queue.Now()
	u.looked = now
	if n > 0 {
		if len(u.in) == 0 && u.asked.IsZero() {
			u.asked = now
		}
		u.in = append(u.in, s.buffer[:n]...)
		u.rhythm.active = now
	}
	switch {
	case err != nil && !errors.Is(err, os.ErrDeadlineExceeded):
		u.inErr = err
	case !now.Before(u.inBy):
		u.inErr = os.ErrDeadlineExceeded
	}
	return n > 0 || u.inErr != nil
}

// pump sends what is queued, as far as the client takes it, but no more than
// pumpLimit at a time, so that a fast client with a large file does not keep
// the others waiting.
func (u *Unit) pump() {
	s := u.server
	var sent int64
	var err error
	for more := true; more && err == nil && sent < pumpLimit && !u.allSent(); {
		var n int64
		n, more, err = u.push()
		sent += n
	}
	u.sent += sent
	now := s.queue.Now()
	u.looked = now
	if sent > 0 {
		u.rhythm.active = now
		s.trace(u, Event{Kind: Wrote, Bytes: sent})
	}
	switch {
	case err != nil:
		u.drop(err)
	case u.allSent():
		u.closeFile()
		u.state = reading
		if u.inWithin > 0 {
			u.LimitInput(u.inWithin)
		}
		if u.freeing {
			s.free(u)
			break
		}
		u.reportReply()
	case now.Sub(u.rhythm.active) >= s.Limits.Progress:
		u.drop(fmt.Errorf("nothing sent for %v: %w", s.Limits.Progress, os.ErrDeadlineExceeded))
	}
}

// reportReply reports the reply that was noted, if any, as sent so far.
func (u *Unit) reportReply() {
	if u.note == "" {
		return
	}
	now := u.server.queue.Now()
	if u.asked.IsZero() {
		u.asked = now // it answers nothing: the routine spoke of itself
	}
	u.server.trace(u, Event{Kind: Replied, Wait: now.Sub(u.asked), Bytes: u.sent - u.replied, Note: u.note})
	u.note, u.replied, u.asked = "", u.sent, time.Time{}
	if len(u.in) > 0 {
		u.asked = now
	}
}

func (u *Unit) allSent() bool { return len(u.out) == 0 && u.fileLeft == 0 }

// push offers what is next to the client, and reports how much of it was taken
// and whether more might be.
func (u *Unit) push() (n int64, more bool, err error) {
	if len(u.out) > 0 {
		m, err := u.conn.Write(u.out[u.outAt:])
		if u.outAt += m; u.outAt == len(u.out) {
			u.clearOut()
		}
		return int64(m), len(u.out) == 0, err
	}
	offered := min(u.fileLeft, pumpLimit)
	n, err = u.conn.SendFile(u.file, u.fileAt, offered)
	u.fileAt += n
	u.fileLeft -= n
	return n, n == offered, err
}

// drop gives the client up: nothing more is sent, and its connection is closed
// at once.
func (u *Unit) drop(err error) {
	if u.state >= lingering {
		return
	}
	s := u.server
	u.dropped = err
	s.trace(u, Event{Kind: Dropped, Err: err})
	s.giveBack(u)
	s.close(u)
}

// grow makes room for n more bytes of output. A buffer for them goes from
// client to client.
func (u *Unit) grow(n int) {
	s := u.server
	if last := len(s.spare) - 1; u.out == nil && last >= 0 {
		u.out, s.spare = s.spare[last], s.spare[:last]
	}
	u.out = slices.Grow(u.out, n)
}

func (u *Unit) clearOut() {
	s := u.server
	if len(s.spare) < spareBuffers && 0 < cap(u.out) && cap(u.out) <= 2*firstPiece {
		s.spare = append(s.spare, u.out[:0])
	}
	u.out, u.outAt = nil, 0
}

func (u *Unit) closeFile() {
	if u.file != nil {
		u.file.Close()
		u.file, u.fileLeft = nil, 0
	}
}
