// Package exchange accounts for a request and its reply, which is what the
// Replied event tells of.
package exchange

import (
	"time"

	"sockhttp/sock/trace"
)

// An Exchange is a request and its reply.
type Exchange struct {
	Note string // what the reply is; empty while there is none

	began      time.Duration // when the request did: its first byte came, or the client was accepted; notBegun before that
	sentBefore int64         // bytes sent before the reply
}

const notBegun time.Duration = -1

// Begun is an exchange whose request begins now.
func Begun(now time.Duration) Exchange { return Exchange{began: now} }

// Begin notes that a request may have begun.
func (e *Exchange) Begin(now time.Duration) {
	if e.began == notBegun {
		e.began = now
	}
}

// End ends the exchange, if it has a reply: of all the bytes that the client was
// to be sent, some are sent and some are left. The cause is why these will not be
// sent.
func (e *Exchange) End(now time.Duration, sent, left int64, cause error) (reply trace.Event, ok bool) {
	if e.Note == "" {
		return reply, false
	}
	e.Begin(now) // in case the reply answers no request, such as a greeting
	reply = trace.Event{Kind: trace.Replied, Took: now - e.began, Bytes: sent - e.sentBefore, Note: e.Note}
	if left > 0 {
		reply.Of, reply.Err = reply.Bytes+left, cause
	}
	*e = Exchange{began: notBegun, sentBefore: sent}
	return reply, true
}
