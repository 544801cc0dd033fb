package array_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"sockhttp/sock"
	"sockhttp/sock/array"
	"sockhttp/sock/socktest"
	"sockhttp/sock/trace"
)

// TestSwarm plays the array routine against crowds of clients that are drawn
// from a seed, good ones and bad ones, scripts and real ones, on a network that
// is drawn too. However their bytes are cut, each gets its answers, or the line
// that says what is wrong, and nothing is left of any.
func TestSwarm(t *testing.T) {
	socktest.Swarm(t, 100, func(testing.TB) func(*socktest.Play) { return play })
}

// A swarm is one seed being played.
type swarm struct {
	*socktest.Play
	judges []func()
}

func play(p *socktest.Play) {
	s := &swarm{Play: p}
	s.Latency = socktest.Pick(p, 0, time.Millisecond, 20*time.Millisecond)
	s.Window = socktest.Pick(p, 4<<10, 20_000, 1<<20)
	if s.Maybe(2) {
		s.ChopSome()
	}
	s.Routine = array.Routine(array.Options{})
	if s.Maybe(2) {
		s.Pace = sock.Posted()
		s.Limits.MaxClients = sock.PostedClients
	}
	for range s.Random.IntN(4) {
		s.RefuseDials(os.NewSyscallError("connect", syscall.ECONNREFUSED))
	}
	for range 1 + s.Random.IntN(12) {
		if s.Maybe(3) {
			s.real(s.UpTo(5 * time.Second))
		} else {
			s.scripted(s.UpTo(5 * time.Second))
		}
	}
	s.About = fmt.Sprintf("%d clients, eager %v, latency %v, window %d", len(s.judges), s.Pace.Eager, s.Latency, s.Window)
	s.At(10*time.Second, func() {}) // refused clients come until then
	s.PlayOut(time.Hour)
	for _, judge := range s.judges {
		judge()
	}
}

// draw draws an array of bytes, a command, and its answer.
func (s *swarm) draw() (h array.Header, data []byte, command, answer string) {
	n := 1 + s.Random.IntN(3+s.Random.IntN(20_000))
	data = make([]byte, n)
	sum, least, most := 0, 255, 0
	for i := range data {
		v := s.Random.IntN(256)
		data[i] = byte(v)
		sum, least, most = sum+v, min(least, v), max(most, v)
	}
	h = array.Header{Dimensions: [3]int{1, n, 1}, Type: array.Byte}
	switch s.Random.IntN(5) {
	case 0:
		return h, data, "total", fmt.Sprint(sum)
	case 1:
		return h, data, "min", fmt.Sprint(least)
	case 2:
		return h, data, "max", fmt.Sprint(most)
	case 3:
		return h, data, "size", fmt.Sprintf("dimensions 1 x %d x 1, type 1 (byte), %d elements", n, n)
	default:
		return h, data, "guess", `error: "guess" is not a command; send one of size, total, mean, min, max, stddev, histogram, image, help`
	}
}

// real adds a sock.Client that starts at a time, and is traced.
func (s *swarm) real(at time.Duration) {
	h, data, command, want := s.draw()
	var answers, ends []string
	client := sock.NewClient(s.Queue, s.Dialer(), array.Ask(h, data, command, func(line string, err error) {
		if err != nil {
			line = "error: " + err.Error()
		}
		answers = append(answers, line)
	}))
	client.Trace = trace.All(s.Record)
	client.OnDone = func(err error) { ends = append(ends, fmt.Sprint(err)) }
	s.At(at, client.Start)
	s.judges = append(s.judges, func() {
		if len(answers) != 1 || answers[0] != want || len(ends) != 1 || ends[0] != "<nil>" {
			s.Failf("a client asked for %s at %v: it got %q and ended with %q, want %q", command, at, answers, ends, want)
		}
	})
}

// scripted adds a script that starts at a time.
func (s *swarm) scripted(at time.Duration) {
	script := socktest.Script{Connect: at}
	send := func(data string) { script.Steps = append(script.Steps, s.Pieces(data)...) }
	want, refused := "", false
	exchange := func() string {
		h, data, command, answer := s.draw()
		if !refused {
			want += answer + "\n"
		}
		refused = refused || strings.HasPrefix(answer, "error: ")
		return string(h.Append(nil)) + string(data) + command + "\n"
	}
	for range s.Random.IntN(4) {
		if refused {
			break
		}
		send(exchange())
	}
	part := func() string {
		h, data, command, _ := s.draw()
		text := string(h.Append(nil)) + string(data) + command
		return text[:1+s.Random.IntN(len(text)-1)]
	}
	kind, left, ends := s.Random.IntN(7), false, []string{""}
	switch {
	case kind == 0 || refused:
	case kind == 1:
		script.Steps = append(script.Steps, socktest.CloseWrite())
	case kind == 2:
		hostile := [...]string{six(3, -1, 1, 1, 1, 1), six(3, 1<<15, 1<<15, 1<<15, 1, 0), six(3, 64<<20, 1, 1, 2, 64<<20), six(3, 2, 2, 2, 1, 9), six(3, 2, 2, 2, 99, 8), six(7, 2, 2, 2, 1, 8)}
		send(hostile[s.Random.IntN(len(hostile))] + strings.Repeat("x", s.Random.IntN(100_000)))
		ends = []string{"error: dimension 1 is", "error: the array has more than", "error: the dimensions make", "error: type code", "error: the array has 7"}
	case kind == 3:
		send(part())
		ends = []string{"error: the header did not arrive", "error: the array did not arrive", "error: the command did not arrive"}
	case kind == 4:
		send(part())
		script.Steps = append(script.Steps, socktest.Pause(s.UpTo(time.Second)), socktest.CloseWrite())
		ends = []string{"error: the header ended early", "error: the array ended early", "error: the command ended early"}
	case kind == 5:
		left = true
		send(exchange())
		script.Steps = append(script.Steps, socktest.Pause(s.UpTo(time.Second)), socktest.Reset())
	case kind == 6:
		left = true
		send(exchange())
		script.Steps = append(script.Steps, socktest.Pause(s.UpTo(time.Second)), socktest.Vanish())
	}
	c := s.Connect(script)
	s.judges = append(s.judges, func() {
		got := string(c.Received)
		if left {
			if !strings.HasPrefix(want, got) {
				s.Failf("%v, which left, got %q of %q", c.Addr(), got, want)
			}
			return
		}
		line, ok := strings.CutPrefix(got, want)
		if want == "" && line == "error: the header did not arrive in time; send it without pauses\n" && kind <= 1 {
			return // it sent nothing at all
		}
		for _, end := range ends {
			if ok && strings.HasPrefix(line, end) && (end == "") == (line == "") && strings.Count(line, "\n") <= 1 && errors.Is(c.End, io.EOF) {
				return
			}
		}
		s.Failf("%v got %q and %v, want %q and one of %q", c.Addr(), got, c.End, want, ends)
	})
}

// FuzzHeader reads headers: one that is taken is within the limits, and is
// written as it was read.
func FuzzHeader(f *testing.F) {
	for _, seed := range []string{six(3, 1, 1, 1, 1, 1), six(3, 1<<20, 8, 8, 1, 64<<20), six(3, 1<<16, 1<<16, 1<<16, 15, 0), six(-1, -1, -1, -1, -1, -1), six(3, 1290, 1665, 2, 5, 4295700)} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) < array.HeaderBytes {
			return
		}
		h, err := array.ParseHeader(b)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\r\n") || err.Error() == "" {
				t.Errorf("%q: the error is no line: %q", b, err)
			}
			return
		}
		if n := h.Bytes(); n < 1 || n > array.MaxBytes || h.Count() < 1 || h.Count() > n {
			t.Errorf("%q: %d elements in %d bytes", b, h.Count(), n)
		}
		if again := h.Append(nil); !bytes.Equal(again, b[:array.HeaderBytes]) {
			t.Errorf("%q is written as %q", b, again)
		}
	})
}
