package sock

import (
	"time"

	"sockhttp/sock/trace"
)

// An exchange is a request and its reply, as the Replied event tells of it.
type exchange struct {
	note       string    // what the reply is; empty while there is none
	began      time.Time // when the request began: its first byte came, or the client was accepted; zero before
	sentBefore int64     // bytes sent before the reply
}

// begin notes that a request may have begun.
func (e *exchange) begin(now time.Time) {
	if e.began.IsZero() {
		e.began = now
	}
}

// Note says in a word what the reply is, say its status, for the Replied event.
func (u *Unit) Note(note string) { u.exchange.note = note }

// reportReply reports the reply that was noted, if any, as sent so far. The cause
// is why the rest will not be sent; nil if all of it is.
func (u *Unit) reportReply(cause error) {
	e := &u.exchange
	if e.note == "" {
		return
	}
	now, sent := u.Now(), u.output.Sent()
	e.begin(now) // in case the reply answers no request, such as a greeting
	reply := trace.Event{Kind: trace.Replied, Took: now.Sub(e.began), Bytes: sent - e.sentBefore, Note: e.note}
	if left := u.output.Size(); left > 0 {
		reply.Of, reply.Err = reply.Bytes+left, cause
	}
	u.poller.trace(u, reply)
	*e = exchange{sentBefore: sent}
	if len(u.input.bytes) > 0 {
		e.begin(now)
	}
}
