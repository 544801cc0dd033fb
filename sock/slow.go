package sock

import (
	"time"

	"sockhttp/timer"
)

// slow is what a callback may take without being named in the log. While it
// runs, all other clients wait.
const slow = 100 * time.Millisecond

// callback returns what the queue calls: f, of which the trace tells before and,
// if it was slow, the log after. What f waits for in polls does not count.
// Reading the clock takes a tenth of the time of a poll. So f has ended when the
// clock was last read, which f does to set itself again.
func (p *Poller) callback(name string, f func(timer.ID, *Unit), client *Unit) func(timer.ID) {
	return func(id timer.ID) {
		p.trace(client, Event{Kind: TimerFired, Callback: name})
		began := p.readClock()
		p.waited = 0
		f(id, client)
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

// beginWait is called before a poll that waits for up to wait, and endWait with
// its result after it.
func (p *Poller) beginWait(wait time.Duration) (began time.Time) {
	if wait > 0 {
		began = p.readClock()
	}
	return began
}

func (p *Poller) endWait(began time.Time) {
	if !began.IsZero() {
		p.waited += p.readClock().Sub(began)
	}
}
