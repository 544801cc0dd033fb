package swarm

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	nethttp "net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// gets judges a client that must have got an answer, whole and to the byte.
func gets(want answer) func(*client) {
	return func(c *client) {
		if c.End != io.EOF {
			c.failf("its reply has no proper end")
		}
		reply := c.s.reply(want, c.Received)
		if string(c.Received) != reply {
			c.failf("want %q", shorten([]byte(reply)))
		}
	}
}

// getsPartOf judges a client that left: what it got is the beginning of its
// answer, or of the one that says that its header never ended.
func getsPartOf(want answer) func(*client) {
	return func(c *client) {
		for _, want := range []answer{want, answerOf(400), answerOf(408), refusalOf(400, "HEAD "), refusalOf(408, "HEAD ")} {
			if strings.HasPrefix(c.s.reply(want, c.Received), string(c.Received)) || c.s.isPartOfRefusal(want, c.Received) {
				return
			}
		}
		c.failf("want a part of %v", want)
	}
}

func getsNothing(c *client) {
	if len(c.Received) > 0 {
		c.failf("want nothing")
	}
}

// timesOut judges a client that sent a part of a header and no more: it is told
// so ten seconds after it was accepted, and no later than the pace allows.
func timesOut(part string) func(*client) {
	return func(c *client) {
		if part == "" {
			getsNothing(c)
			return
		}
		gets(refusalOf(408, part))(c)
		limits := c.s.Limits
		if after := c.FirstByte - c.s.Latency - c.accepted; after < limits.InputTimeout || after > limits.InputTimeout+c.s.checker.slack() {
			c.failf("it was told %v after it was accepted", after)
		}
	}
}

// getsVictim judges a client whose file may have changed at any time.
func getsVictim(c *client) {
	header, body, _ := bytes.Cut(c.Received, []byte("\r\n\r\n"))
	switch {
	case bytes.HasPrefix(header, []byte("HTTP/1.1 404 ")):
		gets(answerOf(404))(c)
		return
	case !bytes.HasPrefix(header, []byte("HTTP/1.1 200 ")):
		c.failf("want the file, or that there is none")
		return
	}
	var size int
	for line := range strings.SplitSeq(string(header), "\r\n") {
		fmt.Sscanf(line, "Content-Length: %d", &size)
	}
	if want := c.s.reply(answer{200, size, false}, c.Received); !strings.HasPrefix(want, string(c.Received)) {
		c.failf("want a part of %q", shorten([]byte(want)))
	}
	c.judgeVictim(body, size)
}

// judgeVictim judges how much came of the file that may have changed.
func (c *client) judgeVictim(body []byte, size int) {
	info, err := os.Stat(filepath.Join(c.s.dir, "victim.txt"))
	shrunk := err == nil && info.Size() < int64(size) && info.Size() <= int64(len(body))
	if len(body) != size && !shrunk {
		c.failf("it got %d bytes of %d, and the file has %v now", len(body), size, info)
	}
	if len(body) != size && c.End == nil {
		c.failf("a reply that is short does not end")
	}
}

// isPartOfRefusal reports whether received is cut within the words of a refusal.
func (s *swarm) isPartOfRefusal(want answer, received []byte) bool {
	head, words, ok := bytes.Cut(received, []byte("\r\n\r\n"))
	if !ok || s.posted || want.status == 200 {
		return false
	}
	// With words of the right length it would be whole.
	var length int
	if _, rest, ok := bytes.Cut(head, []byte("\r\nContent-Length: ")); ok {
		fmt.Sscan(string(rest), &length)
	}
	start := fmt.Sprintf("%d %s: ", want.status, nethttp.StatusText(want.status))
	if n := min(len(words), len(start)); len(words) >= length || string(words[:n]) != start[:n] {
		return false
	}
	words = append(bytes.Clone(words), strings.Repeat("?", length-len(words)-1)+"\n"...)
	copy(words, start)
	whole := slices.Concat(head, []byte("\r\n\r\n"), words)
	return s.reply(want, whole) == string(whole)
}

// reply is the whole reply with an answer, to the byte. What cannot be known
// beforehand, the date and the words of an error, is taken from received.
func (s *swarm) reply(want answer, received []byte) string {
	statusLine := fmt.Sprintf("%d %s", want.status, nethttp.StatusText(want.status))
	if s.posted {
		if want.status != 200 {
			return "HTTP/1.1 " + statusLine + "\r\nConnection: close\r\n"
		}
		return fmt.Sprintf("HTTP/1.1 %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", statusLine, want.size, pattern[:want.size])
	}
	body := string(pattern[:want.size])
	r, err := nethttp.ReadResponse(bufio.NewReader(bytes.NewReader(received)), nil)
	date := strings.Repeat("?", len(nethttp.TimeFormat))
	if err == nil {
		if at, err := nethttp.ParseTime(r.Header.Get("Date")); err == nil && !at.Before(s.start()) && !at.After(s.Clock().Now()) {
			date = r.Header.Get("Date")
		}
	} else if n := len("HTTP/1.1 " + statusLine + "\r\nDate: "); len(received) > n { // the reply is cut
		if want.status != 200 {
			return "HTTP/1.1 " + statusLine + "\r\nDate: " + string(received[n:])
		}
		date = string(received[n:min(len(received), n+len(date))])
	}
	size := len(body)
	if want.status != 200 && err == nil {
		words, err := io.ReadAll(r.Body)
		if err == nil && bytes.HasPrefix(words, []byte(statusLine+": ")) && bytes.HasSuffix(words, []byte("\n")) {
			body = string(words)
		}
		size = len(body)
		if want.head {
			size, body = int(r.ContentLength), ""
		}
	}
	return fmt.Sprintf("HTTP/1.1 %s\r\nDate: %s\r\nContent-Type: text/plain; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s",
		statusLine, date, size, body)
}
