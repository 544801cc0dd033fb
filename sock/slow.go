package sock

import (
	"time"

	"sockhttp/sock/trace"
	"sockhttp/timer"
)

// slow is what a callback may take without being named in the log. While it
// runs, all other clients wait.
const slow = 100 * time.Millisecond

// callback returns what the queue calls: f, of which the trace tells before and,
// if it was slow, the log after. What f may wait for in polls does not count.
// Reading the clock takes a tenth of the time of a poll. So f has ended when the
// clock was last read, which f does to set itself again.
func (p *Poller) callback(name string, f func(*Poller, timer.ID, *Unit), client *Unit) func(timer.ID) {
	return func(id timer.ID) {
		p.trace(client, trace.Event{Kind: trace.TimerFired, Callback: name})
		began := p.readClock()
		p.waited = 0
		p.spare.Settle()
		f(p, id, client)
		if took := p.now.Sub(began) - p.waited; took > slow && !p.alone {
			p.Log.Printf("sock: %s of unit %d took %v, and all other clients waited for it", name, client.LUN(), took.Round(time.Millisecond))
		}
	}
}

// readClock is the time by the queue's clock.
func (p *Poller) readClock() time.Time {
	p.now = p.queue.Now()
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
		p.waited += min(wait, p.readClock().Sub(began))
	}
	p.trace(client, trace.Event{Kind: trace.PollEnded, Bytes: int64(n), Err: err})
	return n, err
}
