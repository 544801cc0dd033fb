package socktest_test

import (
	"bufio"
	"bytes"
	"container/heap"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"hash/maphash"
	"io"
	"log"
	"math/rand/v2"
	"net"
	nethttp "net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"sockhttp/http"
	"sockhttp/sock"
	"sockhttp/sock/socktest"
	"sockhttp/timer"
)

var (
	seeds   = flag.Int("seeds", defaultSeeds, "how many seeds TestSwarm plays")
	oneSeed = flag.Uint64("seed", 0, "the one seed that TestSwarm plays, with its timeline printed")
)

// TestSwarm plays the whole server, at either pace and with either set of
// bytes, against crowds of clients and faults that are drawn from a seed, and
// checks all that a server promises (see checker and the judges). Each seed is
// played twice, and must give the same timeline to the byte.
func TestSwarm(t *testing.T) {
	if *oneSeed != 0 {
		s := play(newFiles(t), *oneSeed, true)
		t.Logf("%s\n%s", s, s.timeline)
		for _, failure := range s.failures {
			t.Error(failure)
		}
		return
	}
	before := descriptors()
	const workers = 2
	t.Run("seeds", func(t *testing.T) {
		for worker := range workers {
			t.Run(fmt.Sprint(worker), func(t *testing.T) {
				t.Parallel()
				files := newFiles(t)
				for seed := 1 + worker; seed <= *seeds; seed += workers {
					first := play(files, uint64(seed), false)
					if len(first.failures) == 0 {
						second := play(files, uint64(seed), false)
						if first.sum.Sum64() != second.sum.Sum64() {
							first.failf("playing it twice gives two timelines")
						}
					}
					if len(first.failures) > 0 {
						t.Fatalf("%s\n%s\nTo see it alone:\n\tgo test ./sock/socktest -run TestSwarm -seed %d -v", first, strings.Join(first.failures, "\n"), seed)
					}
				}
			})
		}
	})
	if after := descriptors(); after > before {
		t.Errorf("%d descriptors are open, before the seeds it were %d", after, before)
	}
}

// descriptors is how many files this process has open, or 0 where the system
// does not tell.
func descriptors() int {
	entries, err := os.ReadDir("/dev/fd")
	if err != nil {
		return 0
	}
	return len(entries)
}

var sumSeed = maphash.MakeSeed()

// The files that are served have the beginning of this.
var pattern = bytes.Repeat([]byte("0123456789abcdefghijklmnopqrstu"), 20_000)

const (
	small, medium, large = 13, 5000, 200_000
	victim, grown        = 150_000, 300_000 // before and after it grows
)

// newFiles makes a folder to be served.
func newFiles(t testing.TB) string {
	dir := t.TempDir()
	for name, size := range map[string]int{"small.txt": small, "medium.txt": medium, "large.txt": large, "empty.txt": 0} {
		if err := os.WriteFile(filepath.Join(dir, name), pattern[:size], 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// A swarm is one seed being played.
type swarm struct {
	*socktest.Network
	seed     uint64
	random   *rand.Rand
	posted   bool // the set of bytes
	handler  bool // handler.Routine answers, in place of SockHTTP
	dir      string
	queue    *timer.Queue
	server   *sock.Server
	checker  *checker
	timeline *socktest.Timeline
	sum      maphash.Hash // of the timeline
	clients  []*client
	skipped  time.Duration
	slowed   time.Duration // by the handler, at most
	failures []string
}

func (s *swarm) String() string {
	return fmt.Sprintf("seed %d: %d clients, eager %v, posted bytes %v, handler %v, limit %d, latency %v, window %d, step %v, skip %v",
		s.seed, len(s.clients), s.server.Pace.Eager, s.posted, s.handler, s.server.Limits.Clients, s.Latency, s.Window, s.StepTime, s.skipped)
}

func (s *swarm) failf(format string, args ...any) {
	if len(s.failures) < 10 {
		s.failures = append(s.failures, fmt.Sprintf("%12v  ", s.Now())+fmt.Sprintf(format, args...))
	}
}

// pick is one of the choices.
func pick[T any](random *rand.Rand, choices ...T) T { return choices[random.IntN(len(choices))] }

// upTo is a duration below limit.
func (s *swarm) upTo(limit time.Duration) time.Duration {
	return time.Duration(s.random.Int64N(int64(limit)))
}

// maybe is true once in n times.
func (s *swarm) maybe(n int) bool { return s.random.IntN(n) == 0 }

// play plays a seed until every client is gone.
func play(dir string, seed uint64, print bool) *swarm {
	s := &swarm{Network: socktest.New(), seed: seed, random: rand.New(rand.NewPCG(seed, 2016)), dir: dir}
	s.sum.SetSeed(sumSeed)
	s.Latency = pick(s.random, 0, 0, time.Millisecond, 20*time.Millisecond, 150*time.Millisecond)
	s.Window = pick(s.random, 4<<10, 20_000, 64<<10, 1<<20)
	s.StepTime = pick(s.random, 10*time.Microsecond, 100*time.Microsecond, time.Millisecond)
	if s.maybe(2) {
		s.Chop = func(n int) int {
			if s.maybe(6) {
				return 1 + s.random.IntN(n)
			}
			return n
		}
	}
	s.posted = s.maybe(2)
	s.handler = s.maybe(3)

	root, err := os.OpenRoot(dir)
	if err != nil {
		s.failf("%v", err)
		return s
	}
	defer root.Close()
	directory := http.NewDirectory(root)
	answers := directory.SockHTTP
	if s.posted {
		answers = directory.PostedHTTP
	}
	s.queue = timer.NewQueue(s.Clock())
	routine := func(client *sock.Unit) {
		if bytes.HasPrefix(client.Input(), []byte("GET /panic-before")) {
			panic("before")
		}
		answers(client)
		if bytes.HasPrefix(client.Input(), []byte("GET /panic-after")) {
			panic("after")
		}
	}
	s.server = sock.NewServer(s.queue, s.Listener(), func(client *sock.Unit) { routine(client) })
	s.server.Log = log.New(io.Discard, "", 0)
	if s.handler {
		routine = s.handlerRoutine(root)
	}
	if s.maybe(2) {
		s.server.Pace = sock.Posted()
		s.server.Limits.Clients = sock.PostedClients
	}
	if s.maybe(4) {
		s.server.Limits.Clients = 1 + s.random.IntN(4)
	}
	s.checker = &checker{s: s, clients: map[net.Addr]*client{}}
	s.timeline = s.Timeline()
	s.server.Trace = sock.TraceAll(func(e sock.Event) {
		s.checker.check(e)
		s.hash(e)
		if print {
			s.timeline.Record(e)
		}
	})
	s.faults()
	s.crowd()
	s.server.Start()

	for !s.Idle() && s.Now() < s.skipped+3*time.Hour {
		s.Run(s.queue, s.Now()+time.Second)
	}
	s.Run(s.queue, s.Now()+time.Second)
	s.judge()
	return s
}

// hash adds to the sum all that an event's line in a timeline is made of.
func (s *swarm) hash(e sock.Event) {
	var b [64]byte
	line := b[:0]
	for _, v := range []int64{e.Time.UnixNano(), int64(e.Kind), int64(e.LUN), int64(e.Wait), e.Bytes} {
		line = binary.LittleEndian.AppendUint64(line, uint64(v))
	}
	s.sum.Write(line)
	s.sum.WriteString(e.Callback)
	s.sum.WriteString(e.Note)
	if e.Kind == sock.Accepted {
		s.sum.WriteString(e.Addr.String())
	}
	if e.Err != nil {
		s.sum.WriteString(e.Err.Error())
	}
}

// faults draws the faults that are not a client's.
func (s *swarm) faults() {
	if s.maybe(3) {
		s.At(s.upTo(5*time.Second), func() {
			for range 1 + s.random.IntN(20) {
				s.RefuseAccepts(os.NewSyscallError("accept", pick(s.random, syscall.EMFILE, syscall.ENFILE)))
			}
		})
	}
	if s.maybe(10) {
		s.skipped = time.Hour + s.upTo(10*time.Hour)
		s.At(s.upTo(20*time.Second), func() { s.Skip(s.skipped) })
	}
	name := filepath.Join(s.dir, "victim.txt")
	if err := os.WriteFile(name, pattern[:victim], 0o666); err != nil {
		s.failf("%v", err)
	}
	if s.maybe(2) {
		change := s.random.IntN(3)
		size := s.random.IntN(victim)
		s.At(s.upTo(6*time.Second), func() {
			var err error
			switch change {
			case 0:
				err = os.Truncate(name, int64(size))
			case 1:
				err = os.WriteFile(name, pattern[:grown], 0o666)
			case 2:
				err = os.Remove(name)
			}
			if err != nil {
				s.failf("%v", err)
			}
		})
	}
}

// A client is one of the crowd.
type client struct {
	*socktest.Client
	s       *swarm
	what    string
	connect time.Duration
	judge   func(c *client)

	// What the trace says of it, as times of the network; negative: not yet.
	accepted, progress, freed, closed time.Duration
	replied                           int
}

func (c *client) failf(format string, args ...any) {
	c.s.failf("client %v (%s): %s; it got %q, %v at %v", c.Addr(), c.what, fmt.Sprintf(format, args...), shorten(c.Received), c.End, c.Ended)
}

func shorten(b []byte) string {
	if len(b) > 400 {
		return fmt.Sprintf("%s... (%d bytes)", b[:400], len(b))
	}
	return string(b)
}

// An answer is what a request must be answered with.
type answer struct {
	status int
	size   int  // of the file, whose bytes are those of pattern
	head   bool // the request was HEAD
}

// requests are what clients ask, with the answers in the post's bytes and in
// the default ones.
var requests = []struct {
	text             string
	posted, default_ answer
}{
	{"GET /small.txt HTTP/1.1\r\nHost: localhost\r\n\r\n", answer{200, small, false}, answer{200, small, false}},
	{"GET /medium.txt HTTP/1.1\nHost: localhost\nX: y\n\n", answer{200, medium, false}, answer{200, medium, false}},
	{"GET /large.txt HTTP/1.1\r\nHost: localhost\r\n\r\n", answer{200, large, false}, answer{200, large, false}},
	{"GET /large.txt HTTP/1.0\r\n\r\n", answer{200, large, false}, answer{200, large, false}},
	{"GET /missing.txt HTTP/1.1\r\nHost: localhost\r\n\r\n", answer{404, 0, false}, answer{404, 0, false}},
	{"GET /empty.txt HTTP/1.1\r\nHost: localhost\r\n\r\n", answer{404, 0, false}, answer{404, 0, false}},
	{"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", answer{404, 0, false}, answer{404, 0, false}},
	{"GET /../small.txt HTTP/1.1\r\nHost: localhost\r\n\r\n", answer{404, 0, false}, answer{404, 0, false}},
	{"GET /small%2Etxt?x HTTP/1.1\r\nHost: localhost\r\n\r\n", answer{404, 0, false}, answer{200, small, false}},
	{"GET /small.txt HTTP/1.1\r\n\r\n", answer{200, small, false}, answer{400, 0, false}},
	{"GET /small.txt\n\n", answer{200, small, false}, answer{400, 0, false}},
	{"HEAD /small.txt HTTP/1.1\r\nHost: localhost\r\n\r\n", answer{400, 0, false}, answer{400, 0, true}},
	{"DELETE /small.txt HTTP/1.1\r\nHost: localhost\r\n\r\n", answer{400, 0, false}, answer{400, 0, false}},
	{"\x16\x03\x01\x00\n\n", answer{400, 0, false}, answer{400, 0, false}},
	{"\r\nGET /small.txt HTTP/1.1\r\nHost: localhost\r\n\r\n", answer{400, 0, false}, answer{200, small, false}},
}

// request draws a request and its answer.
func (s *swarm) request() (string, answer) {
	r := requests[s.random.IntN(len(requests))]
	if s.posted {
		return r.text, r.posted
	}
	return r.text, r.default_
}

// pieces sends data in up to five pieces, with up to half a second between.
func (s *swarm) pieces(data string) (steps []socktest.Step) {
	for range s.random.IntN(5) {
		if len(data) < 2 {
			break
		}
		n := 1 + s.random.IntN(len(data)-1)
		steps = append(steps, socktest.Send(data[:n]), socktest.Pause(s.upTo(500*time.Millisecond)))
		data = data[n:]
	}
	return append(steps, socktest.Send(data))
}

// crowd draws the clients.
func (s *swarm) crowd() {
	spread := pick(s.random, time.Nanosecond, time.Second, 10*time.Second)
	most := pick(s.random, 3, 12, 40)
	if s.server.Limits.Clients < 10 {
		most = 8 // they wait for each other
	}
	for range 1 + s.random.IntN(most) {
		if connect := s.upTo(spread); s.handler {
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
		return rest[:s.random.IntN(len(rest))]
	}
	if s.maybe(3) {
		script.ReadSize, script.ReadEvery = 8000+s.random.IntN(60_000), time.Millisecond+s.upTo(2*time.Second)
	}
	send := func(data string) { script.Steps = append(script.Steps, s.pieces(data)...) }
	then := func(step socktest.Step) {
		if s.maybe(2) {
			script.Steps = append(script.Steps, socktest.Pause(s.upTo(3*time.Second)))
		}
		script.Steps = append(script.Steps, step)
	}

	switch kind := s.random.IntN(100); {
	case kind < 45:
		what, judge = "does its part", gets(answer)
		send(text)
		if s.maybe(4) {
			what += " and shuts its side"
			then(socktest.CloseWrite())
		}
	case kind < 50:
		what, judge = "sends more than it was asked for", gets(answer)
		script.ReadSize, script.ReadEvery = 0, 0 // else closing after the time for lingering may cost it the reply
		send(text)
		then(socktest.Send(strings.Repeat("x", s.random.IntN(300_000))))
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
		script.Steps = append(script.Steps, socktest.Send(strings.Repeat("x", http.MaxHeader+s.random.IntN(1000))))
	case kind < 64:
		what = "stops within its header"
		part := cut()
		judge = timesOut(part)
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
		send(pick(s.random, text, cut()))
		then(socktest.Reset())
	case kind < 83:
		what, judge = "vanishes", getsPartOf(answer)
		send(pick(s.random, text, cut()))
		then(socktest.Vanish())
	case kind < 88:
		what, judge = "does not read", getsNothing
		send(text)
		script.ReadSize = -1
	case kind < 93:
		what, judge = "meets a panic", getsNothing
		send("GET /panic-" + pick(s.random, "before", "after") + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
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

// refusalOf is the answer to a part of a request.
func refusalOf(status int, part string) answer {
	return answer{status: status, head: strings.HasPrefix(part, "HEAD ")}
}

// judge checks what each client got, and that nothing is left of any.
func (s *swarm) judge() {
	if s.Open() != 0 || s.server.Units() != 0 || s.queue.Len() != 1 || !s.Idle() {
		s.failf("%d connections, %d units and %d timers are left; want the listener's timer alone", s.Open(), s.server.Units(), s.queue.Len())
	}
	for _, e := range s.checker.pending {
		if e.callback != "ListenerCallback" {
			s.failf("the %s of %s that was due at %v is lost", e.callback, e.addr, e.due.Sub(s.start()))
		}
	}
	for _, c := range s.clients {
		if c.accepted < 0 || c.freed < 0 || c.closed < 0 {
			c.failf("accepted at %v, freed at %v and closed at %v", c.accepted, c.freed, c.closed)
			continue
		}
		if s.handler {
			c.judge(c)
			continue
		}
		if s.skipped > 0 && string(c.Received) != "" && !bytes.HasPrefix(c.Received, []byte("HTTP/1.1 200")) && !bytes.HasPrefix(c.Received, []byte("HTTP/1.1 404")) {
			continue // hours passed within its request
		}
		if s.skipped > 0 && c.accepted < 20*time.Second {
			continue
		}
		c.judge(c)
	}
}

func (s *swarm) start() time.Time { return s.Clock().Now().Add(-s.Now()) }

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

// timesOut judges a client that sent a part of a header and no more: it is told so ten seconds
// after it was accepted, and no later than the pace allows.
func timesOut(part string) func(*client) {
	return func(c *client) {
		gets(refusalOf(408, part))(c)
		limits := c.s.server.Limits
		if after := c.FirstByte - c.s.Latency - c.accepted; after < limits.Input || after > limits.Input+c.s.checker.slack() {
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
	return fmt.Sprintf("HTTP/1.1 %s\r\nDate: %s\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s",
		statusLine, date, size, body)
}

// A checker checks every event of a server against what must hold at any time:
//
//   - Time never goes back.
//   - Callbacks are called in the order of their times, then of their setting;
//     none before its time, none twice. They cannot overlap if they are called
//     in the order of the queue's own rule, and their polls end before the next
//     is called.
//   - No callback is later than the others may keep it waiting. At the posted
//     pace a callback that is due waits for those that were due before it, each
//     of them once, since it sets itself again for an interval later: for one
//     ListenerCallback, and one ServerCallback for each other unit, each of
//     which waits out its poll. At the eager pace no poll waits for longer
//     than until the next callback is due, so nobody waits for a poll. What
//     comes on top is the time of the step that is running.
//   - A client has its limits: ten seconds to end its header, thirty from one
//     byte sent to the next, ten of lingering; see slack for how much later
//     they may be noticed.
type checker struct {
	s       *swarm
	clients map[net.Addr]*client
	pending callbacks
	set     int
	last    time.Time
	polling bool
}

// A callback is one that was set.
type callback struct {
	due      time.Time
	seq      int
	addr     net.Addr // of its client, nil for the listener
	callback string
}

// late is how late a callback may be called.
func (k *checker) late() time.Duration {
	s := k.s
	late := s.StepTime + s.skipped + s.slowed
	if !s.server.Pace.Eager {
		late += s.server.Pace.ListenWait + time.Duration(s.server.Limits.Clients)*s.server.Pace.PollWait
	}
	return late
}

// slack is how late a limit may be noticed: by a callback that was set just
// before, and is called late, and whose poll then waits.
func (k *checker) slack() time.Duration {
	return k.s.server.Pace.Interval + k.late() + k.s.server.Pace.PollWait
}

func (k *checker) check(e sock.Event) {
	s := k.s
	now := e.Time.Sub(s.start())
	if e.Time.Before(k.last) || !e.Time.Equal(s.Clock().Now()) {
		s.failf("%v: the time was %v and is %v", e, k.last, e.Time)
	}
	k.last = e.Time
	c := k.clients[e.Addr]
	if k.polling != (e.Kind == sock.PollEnded) {
		s.failf("%v: polls must end before anything else is done", e)
	}
	k.polling = e.Kind == sock.PollBegun

	switch e.Kind {
	case sock.TimerSet:
		if e.Wait < 0 || e.Wait > s.server.Pace.Interval {
			s.failf("%v: beyond the interval", e)
		}
		k.set++
		heap.Push(&k.pending, callback{e.Time.Add(e.Wait), k.set, e.Addr, e.Callback})
	case sock.TimerFired:
		if len(k.pending) == 0 {
			s.failf("%v is called, and was not set", e)
			return
		}
		next := heap.Pop(&k.pending).(callback)
		if next.addr != e.Addr || next.callback != e.Callback {
			s.failf("unit %d: %v is called before %v of %s, which was due at %v", e.LUN, e, next.callback, next.addr, next.due.Sub(s.start()))
		}
		if late := e.Time.Sub(next.due); late < 0 || late > k.late() {
			s.failf("unit %d: %v is called %v after it was due; at most %v is promised", e.LUN, e, late, k.late())
		}
	case sock.PollBegun:
		limit := s.server.Pace.PollWait
		if c == nil {
			limit = s.server.Pace.ListenWait
		}
		if e.Wait > limit || s.server.Pace.Eager && len(k.pending) > 0 && e.Time.Add(e.Wait).After(later(k.pending[0].due, e.Time)) {
			s.failf("unit %d: %v, with the next callback due at %v", e.LUN, e, k.pending[0].due.Sub(s.start()))
		}
		if c != nil && c.freed >= 0 {
			c.failf("polled at %v, after it was freed", now)
		}
	case sock.Accepted:
		c.accepted, c.progress = now, now
		held := 0
		for _, other := range s.clients {
			if other.accepted >= 0 && other.closed < 0 {
				held++
			}
		}
		if held > s.server.Limits.Clients {
			c.failf("it is accepted as number %d", held)
		}
	case sock.Dispatched, sock.Wrote:
		c.progress = now
	case sock.Replied:
		c.replied++
	case sock.Freed:
		c.freed = now
		by := max(c.accepted+s.server.Limits.Input, c.progress+s.server.Limits.Progress) + k.slack()
		if now > by {
			c.failf("it is freed at %v, later than %v", now, by)
		}
	case sock.Dropped:
		if errors.Is(e.Err, os.ErrDeadlineExceeded) && now < c.progress+s.server.Limits.Progress {
			c.failf("it is given up at %v, after a last byte at %v", now, c.progress)
		}
	case sock.Closed:
		c.closed = now
		if now > c.freed+s.server.Limits.Linger+k.slack() {
			c.failf("it lingers from %v to %v", c.freed, now)
		}
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// callbacks is a heap in the order of the queue's rule.
type callbacks []callback

func (h callbacks) Len() int { return len(h) }
func (h callbacks) Less(i, j int) bool {
	if c := h[i].due.Compare(h[j].due); c != 0 {
		return c < 0
	}
	return h[i].seq < h[j].seq
}
func (h callbacks) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *callbacks) Push(x any)   { *h = append(*h, x.(callback)) }
func (h *callbacks) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}
