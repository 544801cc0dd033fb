package scenario

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"sockhttp/sock"
	"sockhttp/sock/socktest"
)

// Parse reads a scenario. Its errors are [*Error].
func Parse(text string) (*Scenario, error) {
	if len(text) > MaxText {
		return nil, &Error{0, fmt.Sprintf("the scenario has %d bytes; at most %d are played", len(text), MaxText)}
	}
	p := &parser{s: &Scenario{Pace: sock.Eager(), Until: time.Second, Window: 64 << 10, Step: 100 * time.Microsecond, Files: map[string]int{}}}
	for line := range strings.Lines(text) {
		p.line++
		if err := p.statement(line); err != nil {
			return nil, &Error{p.line, err.Error()}
		}
	}
	p.endClient()
	if !p.hasRoutine {
		p.s.Posted = p.posted
	}
	return p.s, p.check()
}

type parser struct {
	s    *Scenario
	line int

	posted     bool // the pace
	hasRoutine bool
	client     *socktest.Script // that is being read
	times      int
	every      time.Duration
	sent       int // bytes, in all
}

// check checks what concerns all of a scenario.
func (p *parser) check() error {
	s := p.s
	switch {
	case len(s.Clients) > MaxClients:
		return &Error{0, fmt.Sprintf("%d clients are too many; at most %d are played", len(s.Clients), MaxClients)}
	case p.sent > maxSent:
		return &Error{0, fmt.Sprintf("the clients send %d bytes in all; at most %d are played", p.sent, maxSent)}
	case s.Swarm != 0 && (len(s.Clients) > 0 || s.Fetch != ""):
		return &Error{0, "a swarm draws its clients itself; leave the others out"}
	}
	return nil
}

// endClient adds the client that was read.
func (p *parser) endClient() {
	if p.client == nil {
		return
	}
	for i := range min(p.times, MaxClients+1) {
		script := *p.client
		script.Connect += time.Duration(i) * p.every
		p.s.Clients = append(p.s.Clients, script)
	}
	p.client = nil
}

// statement reads a line.
func (p *parser) statement(line string) error {
	words, err := split(line)
	if err != nil || len(words) == 0 {
		return err
	}
	name, w := words[0].text, &rest{words: words[1:]}
	if words[0].quoted {
		return fmt.Errorf("a statement begins with its name, not with %q", name)
	}
	if known := p.of(name, w); !known {
		if known = p.ofClient(name, w); !known {
			return fmt.Errorf("there is no statement %q", name)
		}
	}
	return w.end()
}

// of reads a statement that is not a client's, if it knows its name.
func (p *parser) of(name string, w *rest) bool {
	s := p.s
	switch name {
	case "pace":
		s.Pace, p.posted = sock.Eager(), false
		if w.choice("posted", "eager") == "posted" {
			s.Pace, p.posted = sock.Posted(), true
		}
	case "routine":
		s.Posted, p.hasRoutine = w.choice("posted", "plain") == "posted", true
	case "blocking":
		s.Blocking = true
	case "until":
		s.Until, s.isTimed = w.time(1, MaxTime), true
	case "latency":
		s.Latency = w.time(0, time.Minute)
	case "interval":
		s.Pace.Interval = w.time(time.Millisecond, MaxTime)
	case "listen-wait":
		s.Pace.ListenWait = w.time(0, MaxTime)
	case "poll-wait":
		s.Pace.PollWait = w.time(0, MaxTime)
	case "window":
		s.Window = w.number(1, maxFile)
	case "step":
		s.Step = w.time(time.Microsecond, time.Second)
	case "file":
		file := w.word("the name of a file")
		s.Files[file] = w.number(1, maxFile)
		if strings.Trim(file, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") != "" || strings.HasPrefix(file, ".") || len(s.Files) > 10 {
			w.fail("%q is not a name for one of ten files; take letters, digits and periods", file)
		}
	case "faults":
		s.Faults = w.seed()
	case "swarm":
		s.Swarm = w.seed()
	case "fetch":
		s.Fetch = w.word("the path of a file")
		if w.takes("refused") {
			s.Refused = w.number(0, MaxClients)
		}
	case "client":
		p.endClient()
		w.keyword("at")
		p.client, p.times, p.every = &socktest.Script{Connect: w.time(0, MaxTime)}, 1, 0
		if w.takes("times") {
			p.times = w.number(1, MaxClients)
		}
		if w.takes("every") {
			p.every = w.time(0, MaxTime)
		}
	default:
		return false
	}
	return true
}

// ofClient reads a statement of the last client, if it knows its name.
func (p *parser) ofClient(name string, w *rest) bool {
	c := p.client
	if c == nil {
		c = &socktest.Script{} // of nobody
	}
	step := func(s socktest.Step) { c.Steps = append(c.Steps, s) }
	send := func(data string) {
		step(socktest.Send(data))
		p.sent += len(data) * p.times
	}
	switch name {
	case "get":
		send("GET " + w.word("a path") + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
	case "send":
		send(w.quoted())
	case "pause":
		step(socktest.Pause(w.time(0, MaxTime)))
	case "close-write":
		step(socktest.CloseWrite())
	case "reset":
		step(socktest.Reset())
	case "vanish":
		step(socktest.Vanish())
	case "keep-open":
		c.KeepOpen = true
	case "read":
		if w.takes("nothing") {
			c.ReadSize = -1
			break
		}
		c.ReadSize = w.number(1, math.MaxInt32)
		w.keyword("every")
		c.ReadEvery = w.time(time.Microsecond, MaxTime)
	default:
		return false
	}
	if p.client == nil {
		w.fail("%s is for a client; begin one with: client at 0s", name)
	}
	return true
}

// A word of a line.
type word struct {
	text   string
	quoted bool
}

// split divides a line into its words, which are quoted as in Go if they have
// spaces.
func split(line string) (words []word, err error) {
	for line = strings.TrimSpace(line); line != "" && line[0] != '#'; line = strings.TrimSpace(line) {
		if line[0] == '"' || line[0] == '`' {
			quoted, err := strconv.QuotedPrefix(line)
			if err != nil {
				return nil, fmt.Errorf("%s is not quoted as in Go, like \"GET / HTTP/1.1\\r\\n\"", line)
			}
			text, _ := strconv.Unquote(quoted)
			words, line = append(words, word{text, true}), line[len(quoted):]
			continue
		}
		n := strings.IndexAny(line, " \t")
		if n < 0 {
			n = len(line)
		}
		words, line = append(words, word{text: line[:n]}), line[n:]
	}
	return words, nil
}
