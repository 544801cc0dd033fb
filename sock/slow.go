package sock

import (
	"time"

	"sockhttp/sock/trace"
)

// slow is what a callback may take without being named in the log. While it
// runs, all other clients wait.
const slow = 100 * time.Millisecond

// forever is the longest limit; the time of one that is longer could overflow.
const forever = 100 * 365 * 24 * time.Hour

// call calls f, a callback of the client, or of the listener with nil. The trace
// tells of it before and, if it was slow, the log after. What f may wait for in
// polls does not count. Reading the clock takes a tenth of the time of a poll. So f
// has ended when the clock was last read, as it is after whatever takes time.
func (p *Poller) call(name string, client *Unit, f func()) {
	p.trace(client, trace.Event{Kind: trace.TimerFired, Callback: name})
	began := p.readClock()
	p.waited = 0
	p.spare.Settle()
	f()
	if took := p.now - began - p.waited; took > slow && !p.alone {
		p.Log.Printf("sock: %s of unit %d took %v, and all other clients waited for it", name, client.LUN(), took.Round(time.Millisecond))
	}
}

// readClock is the queue's time, since the queue was made.
func (p *Poller) readClock() time.Duration {
	p.now = p.queue.Elapsed()
	return p.now
}

// poll asks the client's connection, or the listener, which may wait for up to
// wait. To call interrupt ends the wait.
func (p *Poller) poll(client *Unit, wait time.Duration, interrupt func(), ask func(wait time.Duration) (int, error)) (n int, err error) {
	wait = p.Pace.mayWait(wait, p.queue, interrupt)
	began := p.now
	if wait > 0 {
		began = p.readClock()
	}
	p.trace(client, trace.Event{Kind: trace.PollBegun, Wait: max(0, wait)})
	n, err = ask(wait)
	if wait > 0 { // a poll that took longer was slow
		p.waited += min(wait, p.readClock()-began)
	}
	p.trace(client, trace.Event{Kind: trace.PollEnded, Bytes: int64(n), Err: err})
	return n, err
}
