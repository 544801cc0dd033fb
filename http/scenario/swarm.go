package scenario

import (
	"sockhttp/http/swarm"
	"sockhttp/sock/socktest"
	"sockhttp/sock/trace"
)

// playSwarm plays a seed of package swarm, all of it unless Until was given.
func (s *Scenario) playSwarm(dir string) (*Result, error) {
	if err := swarm.WriteFiles(dir); err != nil {
		return nil, err
	}
	p := socktest.NewPlay(s.Swarm)
	r := newRecord(p.Network)
	over := false // no more is wanted
	p.Watch = func(e trace.Event) {
		if over = over || s.isTimed && e.Time.Sub(r.Start) > s.Until; !over {
			r.record(e)
		}
	}
	p.Stop = func() bool { return over || r.isFull() }
	swarm.Play(dir, p)
	if err := r.check(p.Now()); err != nil {
		return nil, err
	}
	return &r.Result, nil
}
