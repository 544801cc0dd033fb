// Package sock is the post's SockServer: a listener and its clients, polled
// from timer callbacks, one goroutine for all of them.
//
// [Server.ListenerCallback] asks the listener for a client, and ServerCallback
// asks a client for input; each sets itself again. What is done with the input
// is the routine's business: SockHTTP of package http is one.
package sock

import (
	"fmt"
	"log"
	"runtime/debug"
	"time"

	"sockhttp/sock/internal/exchange"
	"sockhttp/sock/internal/list"
	"sockhttp/sock/internal/lun"
	"sockhttp/sock/internal/pump"
	"sockhttp/sock/trace"
	"sockhttp/timer"
)

// A Routine does something with what a client has sent. ServerCallback calls
// it, on the goroutine of the queue, each time that its poll found something: a
// request that comes in three pieces calls it three times. It must not wait.
type Routine func(client *Unit)

// A Poller is what a [Server] and a [Client] have in common: it has units, and
// polls them from timer callbacks. Its fields are set before Start and left
// alone from then on, except that the goroutine of the queue may change Pace and
// Trace. Its methods belong to that goroutine.
type Poller struct {
	Pace   Pace
	Limits Limits
	Log    *log.Logger // of panics, failing accepts and slow callbacks; the standard logger unless set
	Trace  trace.Hooks // called with what happens

	queue   *timer.Queue
	routine Routine
	alone   bool              // nobody else is polled: a Client's
	onPlace func()            // a place is free, or may be given up
	onClose func(cause error) // a connection was closed; the cause is nil unless its client was dropped

	units       lun.Table[Unit]
	places      places
	awake       awake
	lingering   list.List[Unit]
	connections int          // not yet closed, those of free units included
	buffer      []byte       // for every read: a client that says nothing holds none
	spare       pump.Buffers // for input and output

	now    time.Duration // when readClock was last called
	waited time.Duration // in polls, by the callback that is running
}

// Limits bound what a client can hold and for how long. Times are by the
// queue's clock, and are kept to within one Interval of the pace.
type Limits struct {
	MaxClients    int           // at once; one that is idle or silent gives up its place for a newcomer, else newcomers wait in the kernel's backlog
	InputTimeout  time.Duration // from accepting a client to having all of its input
	SendTimeout   time.Duration // without a byte sent, while sending
	LingerIdle    time.Duration // without input, while lingering
	LingerTimeout time.Duration // lingering in all
}

// DefaultLimits are 1024 clients, 10 s for the input, 30 s without a byte sent,
// and lingering for 2 s without input or 10 s in all.
func DefaultLimits() Limits {
	return Limits{1024, 10 * time.Second, 30 * time.Second, 2 * time.Second, 10 * time.Second}
}

// bufferSize is how many bytes one read takes at most.
const bufferSize = 64 << 10

func newPoller(queue *timer.Queue, routine Routine, firstLUN int) Poller {
	return Poller{
		Pace: Eager(), Limits: DefaultLimits(), Log: log.Default(),
		queue: queue, routine: routine,
		units: lun.NewTable[Unit](firstLUN), buffer: make([]byte, bufferSize),
	}
}

// NumUnits is the number of units that are held.
func (p *Poller) NumUnits() int { return p.units.Held() }

// admit gives a connection a unit.
func (p *Poller) admit(conn Conn) *Unit {
	now := p.readClock()
	u := &Unit{poller: p, conn: conn, accepted: now}
	u.backoff.Active(now)
	u.exchange = exchange.Begun(now)
	u.input.deadline = now + min(p.Limits.InputTimeout, forever)
	u.lun = int32(p.units.Take(u))
	p.connections++
	p.places.settle(u)
	return u
}

// dispatch calls the routine. A panic costs the client, not the server.
func (p *Poller) dispatch(client *Unit) {
	defer func() {
		if v := recover(); v != nil {
			p.Log.Printf("sock: the routine panicked on unit %d, whose client is dropped: %v\n%s", client.lun, v, debug.Stack())
			client.drop(fmt.Errorf("the routine panicked: %v", v))
		}
	}()
	p.trace(client, trace.Event{Kind: trace.Dispatched})
	client.input.ready, client.input.again = false, false
	had := len(client.input.bytes)
	p.routine(client)
	client.backoff.Active(p.readClock())
	client.afterRoutine(had)
}

// trace reports what happened to client, or with nil to the listener, if anyone
// looks.
func (p *Poller) trace(client *Unit, e trace.Event) {
	f := p.Trace[e.Kind]
	if f == nil {
		return
	}
	if e.Time, e.LUN = p.queue.Now(), client.LUN(); client != nil {
		e.Addr = client.RemoteAddr()
	}
	f(e)
	p.readClock()
}

// set has a callback called so long after the clock was last read, and the trace
// tells of it.
func (p *Poller) set(client *Unit, name string, delay time.Duration, callback timer.Callback) timer.ID {
	from := p.now
	p.trace(client, trace.Event{Kind: trace.TimerSet, Callback: name, Delay: delay})
	return p.queue.SetFrom(from, delay, callback)
}

// setServerCallback has the client's ServerCallback called after interval or,
// at the eager pace, sooner. The interval is a parameter so that the callbacks
// read like the post's Timer.Set(.1, "ServerCallback", ClientLUN).
func (p *Poller) setServerCallback(client *Unit, interval time.Duration) {
	if p.places.settle(client) {
		p.onPlace()
	}
	delay := p.Pace.delay(interval, &client.backoff, p.now)
	client.later = 0
	if delay == 0 && !client.isFree() && p.stayAwake(client) {
		return
	}
	if id := p.set(client, "ServerCallback", delay, (*serverCallback)(client)); delay > 0 {
		client.later = id
	}
}

// serverCallback is a unit's ServerCallback, as the queue has it.
type serverCallback Unit

func (c *serverCallback) Call(id timer.ID) {
	c.poller.call("ServerCallback", (*Unit)(c), func() { c.poller.ServerCallback(id, (*Unit)(c)) })
}

// callAtOnce has the client called at once, if it is awake or is to be called later.
func (p *Poller) callAtOnce(client *Unit) {
	switch {
	case client.awake:
		client.awake = false
	case client.later != 0 && p.queue.Cancel(client.later):
		client.later = 0
	default:
		return
	}
	if client.isFree() {
		p.set(client, "LingerCallback", 0, (*lingerCallback)(client))
	} else {
		p.set(client, "ServerCallback", 0, (*serverCallback)(client))
	}
}

// close closes the client's connection; its unit was given back before.
func (p *Poller) close(client *Unit, cause error) {
	client.place.Leave()
	client.awake = false
	client.conn.Close()
	p.connections--
	p.trace(client, trace.Event{Kind: trace.Closed})
	p.onClose(cause)
	p.readClock()
}
