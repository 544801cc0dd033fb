package handler_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	nethttp "net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"sockhttp/http"
	"sockhttp/http/handler"
	"sockhttp/sock/socktest"
)

// wantStatuses checks the status and the body of each reply in output, none of
// them to HEAD.
func wantStatuses(t *testing.T, output []byte, want ...string) {
	t.Helper()
	var got []string
	for reader := bufio.NewReader(bytes.NewReader(output)); ; {
		if _, err := reader.Peek(1); err != nil {
			break
		}
		r, err := nethttp.ReadResponse(reader, nil)
		if err != nil {
			t.Fatalf("%q is no reply: %v", output, err)
		}
		body, err := io.ReadAll(r.Body)
		text := fmt.Sprintf("%d %s", r.StatusCode, body)
		if err != nil {
			text += " " + err.Error()
		}
		if r.Close {
			text += " (closes)"
		}
		got = append(got, text)
	}
	if !slices.Equal(got, want) {
		t.Errorf("the replies are\n%q\nwant\n%q", got, want)
	}
}

const (
	getHello = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"
	putFive  = "PUT /body HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"
)

// sayBody answers with the body of its request, or with hello.
var sayBody = nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(err)
	}
	if len(body) == 0 {
		body = []byte("hello")
	}
	w.Write(body)
})

// A connection is kept for the idle time, and closed without a word then.
func TestIdle(t *testing.T) {
	w := newHandlerWorld(t, sayBody, nil)
	c := w.Connect(script(0, socktest.Send(getHello), socktest.Pause(59*time.Second), socktest.Send(getHello)))
	w.Run(2 * time.Minute)
	wantStatuses(t, c.Received, "200 hello", "200 hello")
	if late := c.Ended - 119*time.Second; c.End != io.EOF || late < 0 || late > 200*ms {
		t.Errorf("closed with %v at %v, want 60s after the second reply", c.End, c.Ended)
	}
	w.WantIdle(t)
}

// A client that has been idle for a second waits no longer than an interval.
func TestReplyAfterIdling(t *testing.T) {
	for offset := range 100 * time.Millisecond / (7 * time.Millisecond) {
		w := newHandlerWorld(t, sayBody, nil)
		pause := time.Second + offset*7*ms
		c := w.Connect(script(0, socktest.Send(getHello), socktest.Pause(pause), socktest.Send(getHello)))
		w.Run(pause + 100*ms)
		wantStatuses(t, c.Received, "200 hello", "200 hello")
	}
}

// A request has its time from its first byte on.
func TestRequestTimeout(t *testing.T) {
	for _, part := range []string{"G", strings.TrimSuffix(getHello, "\r\n"), putFive, putFive + "abcd",
		"PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab"} {
		w := newHandlerWorld(t, sayBody, nil)
		steps := []socktest.Step{socktest.Send(getHello), socktest.Pause(20 * time.Second)}
		for i := range len(part) { // its bytes come one by one, the last nine seconds after the first
			steps = append(steps, socktest.Send(part[i:i+1]), socktest.Pause(9*time.Second/time.Duration(len(part))))
		}
		c := w.Connect(script(0, steps...))
		w.Run(time.Minute)
		why := "header"
		if strings.HasPrefix(part, "PUT") {
			why = "body"
		}
		wantStatuses(t, c.Received, "200 hello", "408 408 Request Timeout: the "+why+" did not come in time; send it at once\n (closes)")
		if late := c.Ended - 30*time.Second; late < 0 || late > 300*ms {
			t.Errorf("after %q: told at %v, want 10 s after its beginning at 20 s", part, c.Ended)
		}
		w.WantIdle(t)
	}
}

// However a conversation is cut into pieces, its replies are the same.
func TestPieces(t *testing.T) {
	input := getHello + putFive + "abcde" + "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x\r\nde\r\n0\r\nX: y\r\n\r\n" +
		"\r\n" + getHello + "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n" + getHello
	for size := 1; size <= len(input); size += 1 + size/10 {
		w := newHandlerWorld(t, sayBody, nil)
		var steps []socktest.Step
		for rest := input; rest != ""; {
			n := min(size, len(rest))
			steps = append(steps, socktest.Send(rest[:n]), socktest.Pause(ms))
			rest = rest[n:]
		}
		c := w.Connect(script(0, steps...))
		w.Run(patience)
		wantStatuses(t, c.Received, "200 hello", "200 abcde", "200 abcde", "200 hello", "200 hello (closes)")
		w.WantIdle(t)
	}
}

// A client that waits to be told to go on is told, once; and not if its body is
// refused anyway.
func TestContinue(t *testing.T) {
	expect := strings.Replace(putFive, "\r\n\r\n", "\r\nExpect: 100-Continue\r\n\r\n", 1)
	w := newHandlerWorld(t, sayBody, nil)
	c := w.Connect(script(0, socktest.Send(expect), socktest.Pause(time.Second), socktest.Send("ab"), socktest.Pause(time.Second), socktest.Send("cde"+getHello), socktest.CloseWrite()))
	w.Run(patience)
	if c.FirstByte > 100*ms {
		t.Errorf("told to go on at %v", c.FirstByte)
	}
	wantStatuses(t, c.Received, "100 ", "200 abcde", "200 hello")
	eager := w.Connect(script(w.Now(), socktest.Send(expect+"ab"), socktest.Pause(time.Second), socktest.Send("cde"), socktest.CloseWrite()))
	large := w.Connect(script(w.Now(), socktest.Send(strings.Replace(expect, ": 5", ": 5000000", 1))))
	old := w.Connect(script(w.Now(), socktest.Send(strings.Replace(expect, "/1.1", "/1.0", 1)), socktest.Pause(time.Second), socktest.Send("abcde")))
	w.Run(w.Now() + patience)
	wantStatuses(t, large.Received, "413 413 Request Entity Too Large: the body is longer than 1048576 bytes; send less\n (closes)")
	wantStatuses(t, eager.Received, "200 abcde")
	wantStatuses(t, old.Received, "200 abcde (closes)")
	w.WantIdle(t)
}

// What a client sent before it shut its side is answered to the last request;
// of a body that ends early, it is told.
func TestHalfClosed(t *testing.T) {
	w := newHandlerWorld(t, sayBody, nil)
	whole := w.Connect(script(0, socktest.Send(getHello+getHello), socktest.CloseWrite()))
	part := w.Connect(script(0, socktest.Send(getHello+putFive+"abc"), socktest.CloseWrite()))
	w.Run(patience)
	wantStatuses(t, whole.Received, "200 hello", "200 hello")
	wantStatuses(t, part.Received, "200 hello", "400 400 Bad Request: the body ended early; send as much as was announced\n (closes)")
	w.WantIdle(t)
}

// Requests by a name that the server does not go by are refused, and every
// request is printed.
func TestRoutineHost(t *testing.T) {
	var printed []string
	w := newHandlerWorld(t, sayBody, &handler.Options{AllowHost: http.LocalHost(), Print: func(request []string) { printed = append(printed, strings.Join(request, " ")) }})
	c := w.Connect(script(0, socktest.Send(strings.Replace(getHello, " a\r", " localhost:8000\r", 1)+getHello)))
	w.Run(patience)
	wantStatuses(t, c.Received, "200 hello", "421 421 Misdirected Request: this server does not go by the name \"a\"; start it with -allow-host to add a name\n (closes)")
	if want := []string{"GET /hello HTTP/1.1", "GET /hello HTTP/1.1"}; !slices.Equal(printed, want) {
		t.Errorf("printed %q", printed)
	}
}

// Clients that each send the first byte of their next request together with the rest
// of this one, and so are never idle, do not keep their places for ever.
func TestAPlaceAmongClientsThatAreNeverIdle(t *testing.T) {
	const get = "GET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\n"
	w := newFileWorld(t, false, map[string]string{"hello.txt": content})
	old := time.Now().Add(-time.Hour) // so that its reply is kept
	if err := os.Chtimes(w.dir+"/hello.txt", old, old); err != nil {
		t.Fatal(err)
	}
	w.Limits.MaxClients = 3
	holders := make([]*socktest.Client, 3)
	for i := range holders {
		steps := []socktest.Step{socktest.Send(get[:1])}
		for range 4 {
			steps = append(steps, socktest.Pause(6*time.Second), socktest.Send(get[1:]+get[:1]))
		}
		holders[i] = w.Connect(script(time.Duration(i)*time.Second, append(steps, socktest.Pause(time.Hour))...))
	}
	w.Run(4 * time.Second)
	late := w.Connect(script(w.Now(), socktest.Send(get)))
	w.Run(6*time.Second + 20*ms)
	if !strings.HasSuffix(string(late.Received), content) {
		t.Errorf("a client that came at 4s has %q at 6.02s, when the first of the others was answered: %q", late.Received, holders[0].Received)
	}
	if got := string(holders[0].Received); !strings.Contains(got, "Connection: close\r\n") || holders[0].End != io.EOF {
		t.Errorf("the first of the others got %q, and then %v", got, holders[0].End)
	}
	if got := string(holders[1].Received); got != "" {
		t.Errorf("the second got %q before it had asked", got)
	}
	w.Run(7*time.Second + 20*ms)
	if got := string(holders[1].Received); !strings.Contains(got, content) || strings.Contains(got, "Connection: close") {
		t.Errorf("the second, with whom another could have the late one's place, got %q", got)
	}
}
