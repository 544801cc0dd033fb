package swarm

import (
	"strings"
	"time"

	"sockhttp/http"
	"sockhttp/sock/socktest"
)

// crowd draws the clients.
func (s *swarm) crowd() {
	spread := socktest.Pick(s.Play, time.Nanosecond, time.Second, 10*time.Second)
	most := socktest.Pick(s.Play, 3, 12, 40)
	if s.Limits.MaxClients < 10 {
		most = 8 // they wait for each other
	}
	for range 1 + s.Random.IntN(most) {
		if connect := s.UpTo(spread); s.handler {
			s.drawConversation(connect)
		} else {
			s.draw(connect)
		}
	}
}

// draw draws a client of SockHTTP, that connects at a time.
func (s *swarm) draw(connect time.Duration) {
	text, answer := s.request()
	script := socktest.Script{Connect: connect}
	var what string
	var judge func(*client)
	cut := func() string { // a part, but never the whole, and not of what is a header by itself
		rest := strings.TrimPrefix(text, "\r\n")
		return rest[:s.Random.IntN(len(rest))]
	}
	if s.Maybe(3) {
		script.ReadSize, script.ReadEvery = 8000+s.Random.IntN(60_000), time.Millisecond+s.UpTo(2*time.Second)
	}
	send := func(data string) { script.Steps = append(script.Steps, s.Pieces(data)...) }
	then := func(step socktest.Step) {
		if s.Maybe(2) {
			script.Steps = append(script.Steps, socktest.Pause(s.UpTo(3*time.Second)))
		}
		script.Steps = append(script.Steps, step)
	}

	switch kind := s.Random.IntN(100); {
	case kind < 45:
		what, judge = "does its part", gets(answer)
		send(text)
		if s.Maybe(4) {
			what += " and shuts its side"
			then(socktest.CloseWrite())
		}
	case kind < 50:
		what, judge = "sends more than it was asked for", gets(answer)
		script.ReadSize, script.ReadEvery = 0, 0 // else closing after the time for lingering may cost it the reply
		send(text)
		then(socktest.Send(strings.Repeat("x", s.Random.IntN(300_000))))
	case kind < 53:
		what, judge = "keeps sending after its reply", gets(answer)
		script.ReadSize, script.ReadEvery = 0, 0
		script.KeepOpen = true
		send(text)
		for range 15 {
			script.Steps = append(script.Steps, socktest.Pause(time.Second), socktest.Send("more"))
		}
	case kind < 58:
		what, judge = "sends a header that is too long", gets(answerOf(431))
		send("GET /small.txt HTTP/1.1\r\nX: ")
		script.Steps = append(script.Steps, socktest.Send(strings.Repeat("x", http.MaxHeader+s.Random.IntN(1000))))
	case kind < 64:
		what = "stops within its header"
		part := cut()
		if judge = timesOut(part); s.isWrong(part) {
			judge = gets(refusalOf(400, part))
		}
		send(part)
	case kind < 69:
		what = "shuts its side within its header"
		part := cut()
		judge = gets(refusalOf(400, part))
		send(part)
		if part == "" {
			judge = getsNothing
		}
		then(socktest.CloseWrite())
	case kind < 76:
		what, judge = "resets the connection", getsPartOf(answer)
		send(socktest.Pick(s.Play, text, cut()))
		then(socktest.Reset())
	case kind < 83:
		what, judge = "vanishes", getsPartOf(answer)
		send(socktest.Pick(s.Play, text, cut()))
		then(socktest.Vanish())
	case kind < 88:
		what, judge = "does not read", getsNothing
		send(text)
		script.ReadSize = -1
	case kind < 93:
		what, judge = "meets a panic", getsNothing
		send("GET /panic-" + socktest.Pick(s.Play, "before", "after") + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
	default:
		what, judge = "asks for the file that changes", getsVictim
		send("GET /victim.txt HTTP/1.1\r\nHost: localhost\r\n\r\n")
	}
	s.connect(script, what, judge)
}

// connect adds a client.
func (s *swarm) connect(script socktest.Script, what string, judge func(*client)) {
	c := &client{Client: s.Connect(script), s: s, what: what, connect: script.Connect, judge: judge, accepted: -1, progress: -1, freed: -1, closed: -1}
	s.clients = append(s.clients, c)
	s.checker.clients[c.Addr()] = c
}

func answerOf(status int) answer { return answer{status: status} }

// isWrong reports whether a part of one of the requests is known to be wrong.
func (s *swarm) isWrong(part string) bool {
	line, _, ended := strings.Cut(part, "\n")
	return strings.HasPrefix(part, "\x16") || ended && !s.posted && !strings.Contains(line, " HTTP/")
}

// refusalOf is the answer to a part of a request.
func refusalOf(status int, part string) answer {
	return answer{status: status, head: strings.HasPrefix(part, "HEAD ")}
}
