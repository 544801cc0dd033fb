package lab

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"sockhttp/cmd/lanes"
	"sockhttp/http/scenario"
	"sockhttp/sock"
)

// A question is a scenario, and what is to be seen of it.
type question struct {
	Scenario string  `json:"scenario"`
	Both     bool    `json:"both"` // at the posted pace, and below it at the eager one
	From     float64 `json:"from"` // seconds that the picture shows; all with To at 0
	To       float64 `json:"to"`
	Width    int     `json:"width"`   // of the picture, in pixels
	Picture  bool    `json:"picture"` // only that is wanted
}

// An answer has an Error or the rest.
type answer struct {
	Error     *scenario.Error `json:"error,omitempty"`
	Picture   string          `json:"picture,omitempty"`
	Histories []history       `json:"histories,omitempty"`
}

// A history is what was played once.
type history struct {
	Name     string `json:"name"`
	Timeline string `json:"timeline"`
}

// played is what came of a scenario.
type played struct {
	scenario  string
	both      bool
	histories []lanes.History
	timelines []history
	err       *scenario.Error
}

const maxWidth = 4000

// work answers a question, in JSON. Any goroutine may call it; one at a time
// works.
func (l *laboratory) work(q *question) []byte {
	l.working.Lock()
	defer l.working.Unlock()
	p := l.find(q)
	a := answer{Error: p.err}
	if p.err == nil {
		picture := lanes.Picture{
			Histories: p.histories, Width: min(max(q.Width, 0), maxWidth), Bare: true,
			From: seconds(q.From), To: seconds(q.To),
		}
		a.Picture = picture.SVG()
		if !q.Picture {
			a.Histories = p.timelines
		}
	}
	b, err := json.Marshal(a)
	if err != nil {
		panic(err) // there is nothing in it that JSON has not
	}
	return b
}

func seconds(s float64) time.Duration {
	return time.Duration(min(max(s, 0), 2*scenario.MaxTime.Seconds()) * float64(time.Second))
}

// find returns what came of a scenario that was played lately, or plays it.
func (l *laboratory) find(q *question) *played {
	for i := range l.played {
		if p := &l.played[i]; p.scenario == q.Scenario && p.both == q.Both {
			return p
		}
	}
	p := played{scenario: q.Scenario, both: q.Both}
	if err := p.play(); err != nil {
		if !errors.As(err, &p.err) {
			p.err = &scenario.Error{Message: err.Error()}
		}
		p.histories, p.timelines = nil, nil
	}
	if len(l.played) == maxPlayed {
		l.played = append(l.played[:0], l.played[1:]...)
	}
	l.played = append(l.played, p)
	return &l.played[len(l.played)-1]
}

func (p *played) play() (err error) {
	defer func() {
		if v := recover(); v != nil { // of the code that is played: the server that is watched goes on
			err = fmt.Errorf("the scenario made the server panic: %v", v)
		}
	}()
	s, err := scenario.Parse(p.scenario)
	if err != nil {
		return err
	}
	if !p.both {
		return p.once("", s)
	}
	if s.Swarm != 0 || s.Blocking {
		return errors.New("the two paces cannot be compared in a swarm, which draws its pace, and not with blocking, which needs the posted one")
	}
	posted, eager := *s, *s
	posted.Pace.Batch, posted.Pace.Eager = sock.Posted().Batch, false
	eager.Pace.Batch, eager.Pace.Eager = sock.Eager().Batch, true
	if err := p.once("The posted pace", &posted); err != nil {
		return err
	}
	if err := p.once("The eager pace", &eager); err != nil {
		return err
	}
	if events := len(p.histories[0].Events) + len(p.histories[1].Events); events > scenario.MaxEvents {
		return fmt.Errorf("both paces have %d events in all; at most %d are compared: give an earlier until", events, scenario.MaxEvents)
	}
	return nil
}

// once plays a scenario once.
func (p *played) once(name string, s *scenario.Scenario) error {
	r, err := s.Play()
	if err != nil {
		var e *scenario.Error
		if name != "" && errors.As(err, &e) {
			err = &scenario.Error{Line: e.Line, Message: fmt.Sprintf("%s: %s", name, e.Message)}
		}
		return err
	}
	p.histories = append(p.histories, lanes.History{Name: name, Start: r.Start, Events: r.Events})
	p.timelines = append(p.timelines, history{name, r.Timeline.String()})
	return nil
}
