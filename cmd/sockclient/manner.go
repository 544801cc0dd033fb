package main

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"sockhttp/cmd/command"
)

// A crowd is clients that all ask at once, in the same manner.
type crowd struct {
	isCrowd bool // one of its flags was given
	clients int
	manner  manner
	rate    string // of the manner, as it was given
}

// A manner is how a client asks and reads. That of a browser is the zero manner.
type manner struct {
	silent     time.Duration // before it asks
	pieces     int           // of the request; 0 is 1
	every      time.Duration // from one piece to the next
	leaveAfter int           // bytes of the request; 0: it stays
	rate       int           // bytes that it reads in a second; 0: all that come
}

const (
	maxClients = 1000
	maxPause   = time.Hour
	minRate    = 20      // bytes a second: at less, the reply's head would come too late
	maxRate    = 1 << 30 // bytes a second
)

// addFlags adds the flags of a crowd.
func (c *crowd) addFlags(f *command.Flags) {
	f.Heading("To try a server (with -get, and without -o: the file is counted, not kept)")
	f.Int(&c.clients, "n NUMBER", fmt.Sprintf("be this many clients at once, %d at most", maxClients))
	f.Int(&c.manner.pieces, "pieces NUMBER", "send the request in this many pieces")
	f.Duration(&c.manner.every, "every TIME", "with -pieces, wait this long between two of them")
	f.String(&c.rate, "read-slowly RATE", "read this many bytes in a second, as in 500/s or 1k/s")
	f.Duration(&c.manner.silent, "silent TIME", "connect, and send nothing for this long")
	f.Int(&c.manner.leaveAfter, "leave-after BYTES", "leave after sending this many bytes of the request")
}

// given is the first of a crowd's flags on the command line, if any.
func (c *crowd) given(f *command.Flags) string {
	for _, name := range []string{"n", "pieces", "every", "read-slowly", "silent", "leave-after"} {
		if f.Given(name) {
			return "-" + name
		}
	}
	return ""
}

// check checks the flags of a crowd whose request has so many bytes.
func (c *crowd) check(f *command.Flags, request int) (err error) {
	m := &c.manner
	sent := request
	if f.Given("leave-after") {
		sent = m.leaveAfter
	}
	switch {
	case c.clients < 1 || c.clients > maxClients:
		return fmt.Errorf("-n %d is not possible; give a number from 1 to %d", c.clients, maxClients)
	case f.Given("leave-after") && (m.leaveAfter < 1 || m.leaveAfter >= request):
		return fmt.Errorf("-leave-after %d is not within the request, which has %d bytes; give a number from 1 to %d", m.leaveAfter, request, request-1)
	case f.Given("leave-after") && f.Given("read-slowly"):
		return errors.New("-leave-after and -read-slowly contradict each other: who leaves before the end of the request gets no reply to read")
	case f.Given("pieces") && (m.pieces < 1 || m.pieces > sent):
		return fmt.Errorf("-pieces %d is not possible, since %d bytes are sent; give a number from 1 to %d", m.pieces, sent, sent)
	case f.Given("every") && !f.Given("pieces"):
		return errors.New("-every needs -pieces; for a wait before the request, use -silent")
	case f.Given("every") && (m.every <= 0 || m.every > maxPause):
		return fmt.Errorf("-every %v is not possible; give a time above 0s and up to %v", m.every, maxPause)
	case f.Given("silent") && (m.silent <= 0 || m.silent > maxPause):
		return fmt.Errorf("-silent %v is not possible; give a time above 0s and up to %v", m.silent, maxPause)
	case f.Given("read-slowly"):
		m.rate, err = parseRate(c.rate)
	}
	return err
}

// parseRate reads a rate like 500/s, 1k/s or 2.5M/s.
func parseRate(s string) (bytes int, err error) {
	number, ok := strings.CutSuffix(s, "/s")
	unit := 1.0
	if rest, kilo := strings.CutSuffix(number, "k"); kilo {
		number, unit = rest, 1e3
	} else if rest, mega := strings.CutSuffix(number, "M"); mega {
		number, unit = rest, 1e6
	}
	n, err := strconv.ParseFloat(number, 64)
	if !ok || err != nil || math.IsNaN(n) {
		return 0, fmt.Errorf("-read-slowly %q is not a rate; write bytes in a second, as in 500/s, 1k/s or 2.5M/s", s)
	}
	if n *= unit; n < minRate || n > maxRate {
		return 0, fmt.Errorf("-read-slowly %s is not possible; give a rate from %d/s to %d/s", s, minRate, maxRate)
	}
	return int(n), nil
}
