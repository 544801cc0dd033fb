package watch

import (
	"fmt"
	"strings"

	"sockhttp/http"
	"sockhttp/sock"
	"sockhttp/timer"
)

// A listing is one routine of the server as it is in this binary, with the steps
// of the post beside it, and the lines that events belong to.
type listing struct {
	Name  string   `json:"name"`
	File  string   `json:"file"`
	First int      `json:"first"` // the number of its first line in the file
	Lines []string `json:"lines"`
	Notes []note   `json:"notes"`
	Marks []mark   `json:"marks"`
}

// A note is a step of the post, in our words, beside a line.
type note struct {
	Line int    `json:"line"` // from 0
	Text string `json:"text"`
}

// A mark says that a line is being run when an event of a kind was the last one.
type mark struct {
	Line     int    `json:"line"`
	Kind     string `json:"kind"`
	In       string `json:"in,omitempty"`       // the callback that was running
	Callback string `json:"callback,omitempty"` // of the event
	Note     string `json:"note,omitempty"`     // how the event's note begins
}

// A find is what listings are made of: lines are found by their text, so that one
// that is gone is an error.
type find struct {
	text  string
	note  string
	marks []mark
}

const (
	inListener = "ListenerCallback"
	inServer   = "ServerCallback"
)

// listings are the routines that the page shows: of SockHTTP and PostedHTTP the one
// that answers, or neither.
func listings(routine string) ([]listing, error) {
	posted, sockhttp := http.Listings()
	var made []listing
	for _, l := range []struct {
		name, file, source, from string
		finds                    []find
	}{
		{"ListenerCallback", "sock/callbacks.go", sock.Listing(), "func (s *Server) ListenerCallback(", []find{
			{"func (s *Server) ListenerCallback(", "A timer is due, and calls this.", []mark{{Kind: "fired", In: inListener}}},
			{"client := s.accept(", "Is a client waiting? Ask the listener: at the posted pace for up to 0.1 s, at the eager one for longer, until anything is due. If one is, accept it.", []mark{
				{Kind: "poll", In: inListener}, {Kind: "polled", In: inListener}, {Kind: "accepted", In: inListener}, {Kind: "refused", In: inListener}}},
			{"s.setServerCallback(client", "Have ServerCallback called for it: posted, 0.1 s from now; eager, at once.", []mark{{Kind: "set", In: inListener, Callback: inServer}}},
			{"s.acceptMore()", "Ours: at the eager pace, accept those who wait behind it, too.", nil},
			{"s.setListenerCallback(", "In any case, set itself again. This is what keeps the loop going.", []mark{{Kind: "set", In: inListener, Callback: inListener}}},
		}},
		{"ServerCallback", "sock/callbacks.go", sock.Listing(), "func (p *Poller) ServerCallback(", []find{
			{"func (p *Poller) ServerCallback(", "A timer is due for this client.", []mark{{Kind: "fired", In: inServer}}},
			{"if client.isFree()", "Its unit was freed: end here, and do not set again.", nil},
			{"client.PollInput(", "Has it sent anything? Ask its socket: posted, for up to 0.01 s; eager, without waiting while anything is due.", []mark{{Kind: "poll", In: inServer}, {Kind: "polled", In: inServer}}},
			{"p.dispatch(client)", "It has: hand it to SockHTTP.", []mark{{Kind: "called", In: inServer}}},
			{"client.send()", "Ours: send as much of the reply as the socket takes, and never wait for the client.", []mark{
				{Kind: "wrote", In: inServer}, {Kind: "replied", In: inServer}, {Kind: "freed", In: inServer}, {Kind: "set", In: inServer, Callback: "LingerCallback"}, {Kind: "closed", In: inServer}}},
			{"p.setServerCallback(client", "In any case, set itself again.", []mark{{Kind: "set", In: inServer, Callback: inServer}}},
		}},
		{"SockHTTP", "http/sockhttp.go", sockhttp, "func (d *Directory) SockHTTP(", []find{
			{"func (d *Directory) SockHTTP(", "ServerCallback found input, and calls this.", nil},
			{"d.ReadRequest(client)", "Read the header. If the rest has not come, return: a later callback goes on.", []mark{{Kind: "called", In: inServer}}},
			{"checkMethod(request)", "Bail if not GET.", []mark{{Kind: "replied", Note: "400"}}},
			{"d.openPath(", "Is there such a file, and how long is it? Bail if not.", []mark{{Kind: "replied", Note: "404"}}},
			{"client.SendFile(file", "Send the file. Queued here, sent by ServerCallback.", []mark{{Kind: "replied", Note: "200"}, {Kind: "wrote", In: inServer}}},
			{"client.Free()", "Free the unit, when all is sent.", []mark{{Kind: "freed"}}},
		}},
		{"PostedHTTP", "http/posted.go", posted, "func (d *Directory) PostedHTTP(", []find{
			{"func (d *Directory) PostedHTTP(", "The same in the post's own bytes, with -as-posted.", nil},
			{"d.readPosted(client)", "Read the lines of the header.", []mark{{Kind: "called", In: inServer}}},
			{"request := splitRequest(head)", "Split the first line at its spaces. Bail if not GET.", nil},
			{"HTTP/1.1 400 Bad Request", "", []mark{{Kind: "replied", Note: "400"}}},
			{`d.Open("." + request[1])`, "Is there such a file, and how long is it?", nil},
			{"HTTP/1.1 404 Not Found", "", []mark{{Kind: "replied", Note: "404"}}},
			{"client.SendFile(file", "Send it.", []mark{{Kind: "replied", Note: "200"}, {Kind: "wrote", In: inServer}}},
		}},
		{"Step", "timer/run.go", timer.Listing(), "func (q *Queue) Step(", []find{
			{"func (q *Queue) Step(", "The loop around this waits until the next callback is due. IDL does that by itself.", nil},
			{"now, last := q.Elapsed(), q.last", "What time is it?", nil},
			{"for !q.blocked", "While the queue is not blocked and its first callback is due …", []mark{{Kind: "paused"}}},
			{"q.pending.Take()", "… take it out …", nil},
			{"e.Callback.Call(ID(e.ID))", "… and call it. No other is called before it returns.", []mark{{Kind: "fired"}, {Kind: "poll"}, {Kind: "polled"}, {Kind: "set"}, {Kind: "accepted"}, {Kind: "called"}, {Kind: "wrote"}, {Kind: "replied"}, {Kind: "freed"}, {Kind: "closed"}}},
		}},
	} {
		if strings.HasSuffix(l.name, "HTTP") && l.name != routine {
			continue
		}
		m, err := makeListing(l.name, l.file, l.source, l.from, l.finds)
		if err != nil {
			return nil, err
		}
		made = append(made, m)
	}
	return made, nil
}

// makeListing takes a function out of a file, and finds lines in it.
func makeListing(name, file, source, from string, finds []find) (l listing, err error) {
	before, rest, found := strings.Cut(source, "\n"+from)
	body, _, closed := strings.Cut(from+rest, "\n}\n")
	if !found || !closed {
		return l, fmt.Errorf("watch: %s has no %s", file, from)
	}
	l = listing{Name: name, File: file, First: strings.Count(before, "\n") + 2, Lines: strings.Split(body+"\n}", "\n")}
	for _, f := range finds {
		line := l.line(f.text)
		if line < 0 {
			return l, fmt.Errorf("watch: %s has no line with %q", name, f.text)
		}
		if f.note != "" {
			l.Notes = append(l.Notes, note{line, f.note})
		}
		for _, m := range f.marks {
			m.Line = line
			l.Marks = append(l.Marks, m)
		}
	}
	return l, nil
}

// line is the last line that has text in it, or -1: a routine that bails ends with the
// same calls.
func (l *listing) line(text string) int {
	line := -1
	for i, s := range l.Lines {
		if strings.Contains(s, text) {
			line = i
		}
	}
	return line
}
