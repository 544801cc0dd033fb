package sock

import (
	"fmt"
	"os"
	"time"

	"sockhttp/sock/internal/pump"
	"sockhttp/sock/trace"
)

// An output is what is to be sent to a client.
type output struct {
	pump.Output
	lastProgress time.Duration // when some was sent, or was queued while none was; while it lingers, when input came
}

// Write queues a copy of p to be sent. It never fails: a client that cannot be
// reached is dropped. After Free it does nothing. It implements [io.Writer].
func (u *Unit) Write(p []byte) (int, error) {
	if u.startSending() {
		u.output.Write(p, &u.poller.spare)
	}
	return len(p), nil
}

// SendBytes queues p itself, and not a copy, after what was written: it may be
// sent to many clients at once, and must not be changed. Until it is sent
// nothing can be queued but by SendBytes; trying to panics. After Free it does
// nothing.
func (u *Unit) SendBytes(p []byte) {
	if u.startSending() {
		u.output.SendBytes(p, &u.poller.spare)
	}
}

// SendFile queues the n bytes of file from offset on, after what was written,
// and closes the file when they are sent or the unit is freed; at once, if they
// are few. If the file ends sooner, the client is dropped: it was promised more.
// Until the file is sent nothing else can be queued; trying to panics. After
// Free, SendFile does nothing but close the file.
func (u *Unit) SendFile(file *os.File, offset, n int64) {
	if !u.startSending() {
		file.Close()
		return
	}
	u.output.SendFile(file, offset, n, &u.poller.spare)
}

// Unsent is how many bytes are queued and not yet sent.
func (u *Unit) Unsent() int64 { return u.output.Size() }

// Note says what the reply is, for the Replied event: its status, say, and why it is
// no other, as in "404 Not Found: no such file".
func (u *Unit) Note(note string) { u.exchange.Note = note }

// reportReply reports the reply that was noted, if any, as sent so far. The cause
// is why the rest will not be sent; nil if all of it is.
func (u *Unit) reportReply(cause error) {
	now := u.poller.readClock()
	reply, ok := u.exchange.End(now, u.output.Sent(), u.output.Size(), cause)
	if !ok {
		return
	}
	u.poller.trace(u, reply)
	if len(u.input.bytes) > 0 {
		u.exchange.Begin(now)
	}
}

// startSending reports whether output may be queued.
func (u *Unit) startSending() bool {
	if u.state == receiving && !u.writeClosed {
		u.state, u.input.asking = sending, false
		u.output.lastProgress = u.poller.readClock()
		u.backoff.Active(u.output.lastProgress)
	}
	return u.state == sending && !u.writeClosed
}

// CloseWrite tells the client that nothing more will be sent, as soon as what
// was queued is sent. The unit's input still comes, and what is written to it
// from now on is dropped.
func (u *Unit) CloseWrite() {
	if u.isFree() || u.writeClosed {
		return
	}
	u.writeClosed = true
	if u.state == receiving {
		u.closeWriteNow()
	}
}

func (u *Unit) closeWriteNow() {
	if err := u.conn.CloseWrite(); err != nil {
		u.drop(err)
	}
}

// send is a step of sending what is queued. It does nothing if nothing is.
func (u *Unit) send() {
	if u.state != sending && u.state != finishing {
		return
	}
	p, o := u.poller, &u.output
	sent, err := o.SendTo(u.conn, u.state == finishing && !p.alone, &p.spare)
	now := p.readClock()
	if sent > 0 {
		o.lastProgress = now
		u.backoff.Active(now)
		p.trace(u, trace.Event{Kind: trace.Wrote, Bytes: sent})
	}
	switch {
	case err != nil:
		u.drop(err)
	case o.Size() == 0:
		u.sentAll()
	case now-o.lastProgress >= p.Limits.SendTimeout:
		u.drop(fmt.Errorf("nothing sent for %v: %w", p.Limits.SendTimeout, os.ErrDeadlineExceeded))
	}
}

// sentAll is called when the output is sent.
func (u *Unit) sentAll() {
	finished := u.state == finishing
	u.state = receiving
	if finished {
		u.Free()
		return
	}
	if u.input.timeout > 0 {
		u.LimitInput(u.input.timeout)
	}
	u.reportReply(nil)
	if u.writeClosed {
		u.closeWriteNow()
	}
}
