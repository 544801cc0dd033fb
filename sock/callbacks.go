package sock

import "sockhttp/timer"

// ListenerCallback is the post's routine of that name. The post's asks whether
// a client is waiting for the listener, for up to 0.1 s; if one is, it accepts
// the client and has ServerCallback called for it in 0.1 s; and in any case it
// has itself called again in 0.1 s. Once the listener is closed it ends.
//
// The numbers are those of [Posted]. At the eager pace it accepts all who are
// waiting, and the times are the longest ones.
func (s *Server) ListenerCallback(timer.ID) {
	if s.closing {
		return
	}
	if client := s.accept(s.Pace.ListenWait); client != nil {
		s.setServerCallback(client, s.Pace.Interval)
		s.acceptMore()
	}
	s.setListenerCallback(s.Pace.Interval)
}

// ServerCallback is the post's routine of that name. The post's asks whether
// the client has sent anything, for up to 0.01 s; if it has, the routine, there
// SockHTTP, deals with it; and in any case it has itself called again in 0.1 s.
// Once the client's unit is free it ends.
//
// In IDL it is given the unit's number. If that number was given out again, the
// old callback goes on with the new client. Here it is given the unit itself,
// which is never used twice. And where the post's routine waits until its reply
// is sent, ours is sent step by step, one step in each ServerCallback.
func (p *Poller) ServerCallback(_ timer.ID, client *Unit) {
	if client.isFree() {
		return
	}
	if client.PollInput(p.Pace.PollWait) {
		p.dispatch(client)
	}
	client.send()
	p.setServerCallback(client, p.Pace.Interval)
}
