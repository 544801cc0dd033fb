package sock

import "sockhttp/timer"

// A connection lingers when its unit is free: it is shut for writing, what the
// client still sends is read and dropped, and it is closed when the client has
// shut its side too, or after a while. To close it at once could destroy the
// reply on its way: TCP answers input that nobody will read with a reset, and
// the client's system may then drop what it has not yet handed over (RFC 1122,
// section 4.2.2.13; RFC 9112, section 9.6).
//
// It holds no place meanwhile. At most max(MaxClients, minLingering) connections
// linger; beyond that, the oldest is closed.

const minLingering = 100

// startLinger is called when the connection is shut for writing, or has ended.
func (u *Unit) startLinger(ended bool) {
	p := u.poller
	if ended {
		p.close(u, nil)
		return
	}
	now := p.readClock()
	u.input.deadline, u.output.lastProgress = now+min(p.Limits.LingerTimeout, forever), now
	u.backoff.Active(now)
	p.lingering.Add(u, &u.place)
	if p.lingering.Len() > max(p.Limits.MaxClients, minLingering) {
		p.close(p.lingering.First(), nil)
	}
	if !p.stayAwake(u) { // else the first poll would come before the client has seen the end
		p.LingerCallback(0, u)
	}
}

// lingerCallback is a unit's LingerCallback, as the queue has it.
type lingerCallback Unit

func (c *lingerCallback) Call(id timer.ID) {
	c.poller.call("LingerCallback", (*Unit)(c), func() { c.poller.LingerCallback(id, (*Unit)(c)) })
}

// LingerCallback is ours; the post has none. It drops what the client of a free
// unit still sends, and closes the connection when the client has shut its side
// or its time is over; else it sets itself again.
func (p *Poller) LingerCallback(_ timer.ID, client *Unit) {
	if client.place.List() == nil {
		return // it was closed to make room for another
	}
	// One buffer, so that a client that goes on sending does not keep others waiting.
	_, err := client.conn.Read(p.buffer, 0)
	now := p.readClock()
	if err == nil {
		client.output.lastProgress = now
		client.backoff.Active(now)
	}
	if isEnd(err) || now-client.output.lastProgress >= p.Limits.LingerIdle || now >= client.input.deadline {
		p.close(client, nil)
		return
	}
	if delay := p.Pace.delay(p.Pace.Interval, &client.backoff, now); delay > 0 || !p.stayAwake(client) {
		p.set(client, "LingerCallback", delay, (*lingerCallback)(client))
	}
}
