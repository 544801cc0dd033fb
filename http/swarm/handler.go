package swarm

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	nethttp "net/http"
	"os"
	"strings"
	"time"

	"sockhttp/http"
	"sockhttp/http/handler"
	"sockhttp/sock"
	"sockhttp/sock/socktest"
)

// An exchange is a request that a handler is asked on a connection that is
// kept, and the reply to it.
type exchange struct {
	text   string
	status int
	body   string // "?" for one that says what is wrong
	length int    // of the body, for HEAD
	closes bool
	went   bool // nothing comes, and the connection ends
}

// The exchanges. The first ones need all of their request to be answered, and
// leave the connection open.
var exchanges = []exchange{
	{text: "GET /small.txt" + host, status: 200, body: string(pattern[:small])},
	{text: "GET /medium.txt" + host, status: 200, body: string(pattern[:medium])},
	{text: "GET /large.txt" + host, status: 200, body: string(pattern[:large])},
	{text: "GET /large.txt HTTP/1.1\r\nHost: localhost\r\nRange: bytes=1000-150999\r\n\r\n", status: 206, body: string(pattern[1000:151_000])},
	{text: "GET /medium.txt HTTP/1.1\r\nHost: localhost\r\nRange: bytes=-10\r\n\r\n", status: 206, body: string(pattern[medium-10 : medium])},
	{text: "GET /empty.txt" + host, status: 200},
	{text: "HEAD /large.txt" + host, status: 200, length: large},
	{text: "GET /missing.txt" + host, status: 404, body: "?"},
	{text: "DELETE /small.txt" + host, status: 405, body: "?"},
	{text: "\r\nGET /small.txt HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", status: 200, body: string(pattern[:small])},
	{text: "GET /slow" + host, status: 200, body: "at last"},
	{text: "PUT /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 13\r\n\r\n" + string(pattern[:13]), status: 200, body: string(pattern[:13])},
	{text: "PUT /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10000\r\n\r\n" + string(pattern[:10_000]), status: 200, body: string(pattern[:10_000])},
	{text: "PUT /echo HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 20\r\n\r\n" + string(pattern[:20]), status: 200, body: string(pattern[:20])},
	{text: "PUT /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\nA;x=y\r\n56789abcde\r\n0\r\nX: y\r\n\r\n", status: 200, body: string(pattern[:15])},
}

// The last ones end the connection.
var lastExchanges = []exchange{
	{text: "GET /small.txt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", status: 200, body: string(pattern[:small]), closes: true},
	{text: "GET /large.txt HTTP/1.0\r\n\r\n", status: 200, body: string(pattern[:large]), closes: true},
	{text: "GET /panic" + host, status: 500, body: "?", closes: true},
	{text: "GET /abort" + host, went: true},
	{text: "GET /small.txt HTTP/1.1\r\n\r\n", status: 400, body: "?", closes: true},
	{text: "GET /small.txt HTTP/2.0\r\nHost: localhost\r\n\r\n", status: 505, body: "?", closes: true},
	{text: "PUT /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", status: 400, body: "?", closes: true},
	{text: "PUT /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 300000\r\n\r\n", status: 413, body: "?", closes: true},
	{text: "GET /small.txt HTTP/1.1\r\nX: " + strings.Repeat("x", http.MaxHeader) + "\r\n\r\n", status: 431, body: "?", closes: true},
}

const host = " HTTP/1.1\r\nHost: localhost\r\n\r\n"

// slowness is what the handler takes for /slow.
const slowness = 300 * time.Millisecond

// handlerRoutine is what answers the exchanges.
func (s *swarm) handlerRoutine(root *os.Root) sock.Routine {
	mux := nethttp.NewServeMux()
	mux.Handle("/", handler.FileServer(root, false))
	mux.HandleFunc("/echo", func(w nethttp.ResponseWriter, r *nethttp.Request) {
		if _, err := io.Copy(w, r.Body); err != nil {
			s.Failf("a body cannot be read: %v", err)
		}
	})
	mux.HandleFunc("/slow", func(w nethttp.ResponseWriter, r *nethttp.Request) {
		s.Skip(slowness)
		io.WriteString(w, "at last")
	})
	mux.HandleFunc("/panic", func(w nethttp.ResponseWriter, r *nethttp.Request) {
		io.WriteString(w, "begun")
		panic("bad luck")
	})
	mux.HandleFunc("/abort", func(w nethttp.ResponseWriter, r *nethttp.Request) {
		nethttp.ServeFileFS(w, r, root.FS(), "large.txt")
		panic(nethttp.ErrAbortHandler)
	})
	return handler.Routine(mux, &handler.Options{
		MaxBody: 200_000,
		Timeout: s.Limits.InputTimeout,
		Idle:    5*time.Second + s.UpTo(20*time.Second),
		Log:     s.Log,
	})
}

// drawConversation draws a client of a handler, that connects at a time.
func (s *swarm) drawConversation(connect time.Duration) {
	script := socktest.Script{Connect: connect}
	if s.Maybe(3) {
		script.ReadSize, script.ReadEvery = 8000+s.Random.IntN(60_000), time.Millisecond+s.UpTo(2*time.Second)
	}
	pause := func() {
		if s.Maybe(2) {
			script.Steps = append(script.Steps, socktest.Pause(s.UpTo(3*time.Second)))
		}
	}
	var want []exchange
	add := func(e exchange) {
		if strings.Contains(e.text, "/slow") {
			s.slowed += slowness
		}
		want = append(want, e)
	}
	pipelined := ""
	for range s.Random.IntN(5) {
		e := exchanges[s.Random.IntN(len(exchanges))]
		add(e)
		if s.Maybe(3) && len(e.text) < 1000 {
			pipelined += e.text
			continue
		}
		script.Steps = append(script.Steps, s.Pieces(pipelined+e.text)...)
		pipelined = ""
		pause()
	}
	next := exchanges[s.Random.IntN(len(exchanges))]
	part := next.text[:s.Random.IntN(len(next.text))]
	started := part != "" && part != "\r\n"
	end := lastExchanges[s.Random.IntN(len(lastExchanges))]

	var what string
	var judge func(*client)
	send := func(data string) { script.Steps = append(script.Steps, s.Pieces(pipelined+data)...) }
	refused := func(status int) exchange {
		return exchange{text: part, status: status, body: "?", closes: true}
	}
	switch kind := s.Random.IntN(100); {
	case kind < 25:
		what = "does its part"
		add(next)
		send(next.text)
		if s.Maybe(2) {
			what += " and shuts its side"
			pause()
			script.Steps = append(script.Steps, socktest.CloseWrite())
		}
		judge = getsReplies(want)
	case kind < 45:
		what = "comes to an end"
		add(end)
		send(end.text)
		judge = getsReplies(want)
	case kind < 52:
		what = "goes on after the end"
		script.ReadSize, script.ReadEvery = 0, 0 // else closing after the time for lingering may cost it the reply
		add(end)
		send(end.text + strings.Repeat(next.text, 1+s.Random.IntN(3)))
		judge = getsReplies(want)
	case kind < 62:
		what = "stops within a request"
		send(part)
		if started {
			add(refused(408))
		}
		judge = getsReplies(want)
	case kind < 72:
		what = "shuts its side within a request"
		send(part)
		pause()
		script.Steps = append(script.Steps, socktest.CloseWrite())
		if started {
			add(refused(400))
		}
		judge = getsReplies(want)
	case kind < 88:
		leave := socktest.Reset()
		if what = "resets the connection"; kind >= 80 {
			what, leave = "vanishes", socktest.Vanish()
		}
		add(next)
		send(socktest.Pick(s.Play, part, next.text))
		pause()
		script.Steps = append(script.Steps, leave)
		judge = getsSomeReplies(want)
	case kind < 94:
		what, judge = "does not read", getsNothing
		add(next)
		send(next.text)
		script.ReadSize = -1
	default:
		what = "asks for the file that changes"
		send("GET /victim.txt" + host)
		judge = getsRepliesAndVictim(want)
	}
	s.connect(script, what, judge)
}

// getsReplies judges a client that must have got these replies, no less and no
// more, and then the end.
func getsReplies(want []exchange) func(*client) {
	return func(c *client) {
		got, rest := c.replies(want)
		expected := len(want)
		switch {
		case c.cut:
			expected = got
		case expected > 0 && want[expected-1].went:
			expected--
		}
		switch {
		case c.s.skipped > 0:
			return // hours may have passed within a request or before it
		case c.gaveUp, c.shares && rest != "": // a last reply that it reads slowly may be cut when it has lingered for long enough
			getsSomeReplies(want)(c)
		case got != expected || rest != "":
			c.failf("it got %d replies of %d, and then %q", got, expected, shorten([]byte(rest)))
		case c.End != io.EOF:
			c.failf("its replies have no proper end")
		case c.replied != expected:
			c.failf("%d replies to it were reported, and there are %d", c.replied, expected)
		}
	}
}

// getsSomeReplies judges a client that left: what it got is the beginning of
// these replies, or of them and one that says that a request never ended.
func getsSomeReplies(want []exchange) func(*client) {
	return func(c *client) {
		got, rest := c.replies(want)
		if c.s.skipped > 0 && c.isPart(rest, exchange{status: 408, body: "?"}) {
			return // hours passed within a request
		}
		if got < len(want) && len(rest) > 0 && !c.isPart(rest, want[got]) && !c.isPart(rest, exchange{status: 400, body: "?", closes: true}) {
			c.failf("after %d replies, it got %q", got, shorten([]byte(rest)))
		}
	}
}

// getsRepliesAndVictim judges a client that asked for the file that changes, as
// its last.
func getsRepliesAndVictim(want []exchange) func(*client) {
	return func(c *client) {
		got, rest := c.replies(want)
		switch {
		case c.s.skipped > 0:
			return
		case c.gaveUp, c.shares && got < len(want) && rest != "":
			getsSomeReplies(want)(c)
			return
		case c.cut && rest == "":
			return
		case got < len(want):
			c.failf("it got %d replies of %d", got, len(want))
			return
		case strings.HasPrefix(rest, "HTTP/1.1 404 "):
			if got, rest := c.repliesIn(rest, []exchange{{status: 404, body: "?"}}); got != 1 || rest != "" {
				c.failf("its last reply is %q", shorten([]byte(rest)))
			}
			return
		}
		r, err := nethttp.ReadResponse(bufio.NewReader(strings.NewReader(rest)), nil)
		_, body, _ := strings.Cut(rest, "\r\n\r\n")
		switch {
		case err != nil && rest == "":
			c.judgeVictim(nil, 1)
		case err != nil || r.StatusCode != 200 || len(body) > int(r.ContentLength) || !bytes.HasPrefix(pattern, []byte(body)):
			c.failf("want a part of the file")
		default:
			c.judgeVictim([]byte(body), int(r.ContentLength))
		}
	}
}

// replies checks the beginning of what the client got, as far as these are the
// whole replies that it must be, the last of which may say that it is, if another
// client needed the place. It returns how many it found, and the rest.
func (c *client) replies(want []exchange) (n int, rest string) {
	return c.repliesIn(string(c.Received), want)
}

func (c *client) repliesIn(received string, want []exchange) (n int, rest string) {
	for rest = received; n < len(want) && !c.cut; n++ {
		r, err := nethttp.ReadResponse(bufio.NewReader(strings.NewReader(rest)), nil)
		for err == nil && r.StatusCode == 100 && strings.Contains(want[n].text, "Expect:") {
			_, rest, _ = strings.Cut(rest, "\r\n\r\n")
			r, err = nethttp.ReadResponse(bufio.NewReader(strings.NewReader(rest)), nil)
		}
		if err != nil {
			break
		}
		_, body, _ := strings.Cut(rest, "\r\n\r\n")
		e, text := want[n], want[n].body
		length := int(r.ContentLength)
		if isHead := strings.HasPrefix(e.text, "HEAD "); isHead && e.body == "?" {
			text = "" // a refusal of HEAD
		} else if e.body == "?" && len(body) >= length && strings.HasPrefix(body, r.Status+": ") && body[length-1] == '\n' {
			text = body[:length]
		} else if !isHead && length != len(text) || isHead && length != e.length {
			break
		}
		date, err := nethttp.ParseTime(r.Header.Get("Date"))
		if err != nil || date.Before(c.s.start()) || date.After(c.s.Clock().Now()) ||
			r.StatusCode != e.status || r.Close != e.closes && !(r.Close && c.shares) || !strings.HasPrefix(body, text) {
			break
		}
		c.cut = r.Close && !e.closes
		rest = body[len(text):]
	}
	return n, rest
}

// isPart reports whether rest is a part of a reply.
func (c *client) isPart(rest string, e exchange) bool {
	status := fmt.Sprintf("%d %s", e.status, nethttp.StatusText(e.status))
	head, body, whole := strings.Cut(rest, "\r\n\r\n")
	if strings.HasPrefix(head, "HTTP/1.1 100 ") && strings.Contains(e.text, "Expect:") {
		e.text = ""
		return c.isPart(body, e)
	}
	first, _, _ := strings.Cut(head, "\r\n") // and perhaps a CR
	version := "HTTP/1.1 "
	if strings.Contains(e.text, "HTTP/1.0") {
		version = "HTTP/1.0 "
	}
	if !strings.HasPrefix(version+status+"\r", first) {
		return false
	}
	return !whole || strings.HasPrefix(e.body, body) || e.body == "?" && bytes.HasPrefix([]byte(body), []byte(status)[:min(len(body), len(status))])
}
