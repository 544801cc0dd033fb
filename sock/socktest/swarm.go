package socktest

import (
	"encoding/binary"
	"flag"
	"fmt"
	"hash/maphash"
	"io"
	"log"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"sockhttp/sock"
	"sockhttp/sock/trace"
)

// The flags of tests that play a swarm.
var (
	seeds     *int
	firstSeed *uint64
	oneSeed   *uint64
)

func init() {
	if testing.Testing() {
		seeds = flag.Int("seeds", 0, "how many seeds a swarm plays; 0 is its own choice")
		firstSeed = flag.Uint64("first", 1, "the first seed that a swarm plays")
		oneSeed = flag.Uint64("seed", 0, "the one seed that a swarm plays, with its timeline printed")
	}
}

// A Play is one seed being played: a server on a simulated network, and what
// is drawn for it from the seed.
type Play struct {
	*Server
	Seed    uint64
	Random  *rand.Rand
	Routine sock.Routine // of the server; to be set
	About   string       // what was drawn, for the message of a failure

	Watch func(trace.Event) // is called with every event; nil unless it is set
	Stop  func() bool       // if it is set, PlayOut ends when it is true

	failures []string
	sum      maphash.Hash // of the events
}

// Swarm plays servers that are drawn from seeds: by default n of them, and
// fewer with the race detector, which has nothing to find where there is one
// goroutine. Each seed is played twice and must give the same timeline to the
// byte. One that fails is named with the command that plays it alone. No file may
// be left open.
//
// The prepare function is called for each of two players that play some seeds side
// by side, and returns what draws and plays one seed.
func Swarm(t *testing.T, n int, prepare func(t testing.TB) func(p *Play)) {
	if *oneSeed != 0 {
		p := NewPlay(*oneSeed)
		p.Watch = p.Timeline.Record
		prepare(t)(p)
		t.Logf("%s\n%s", p, p.Timeline)
		for _, failure := range p.failures {
			t.Error(failure)
		}
		return
	}
	if *seeds > 0 {
		n = *seeds
	} else if raceDetector {
		n /= 8
	}
	for first := 0; first < n && !t.Failed(); first += batch {
		check := Descriptors(t)
		playBatch(t, *firstSeed+uint64(first), min(batch, n-first), prepare)
		check()
	}
}

// batch is how many seeds are played before open files are counted. Nothing is
// collected meanwhile.
const batch = 20

// playBatch plays n seeds from one on.
func playBatch(t *testing.T, from uint64, n int, prepare func(t testing.TB) func(p *Play)) {
	const players = 2
	t.Run("seeds", func(t *testing.T) {
		for player := range players {
			t.Run(fmt.Sprint(player), func(t *testing.T) {
				t.Parallel()
				play := prepare(t)
				for i := player; i < n; i += players {
					first := NewPlay(from + uint64(i))
					play(first)
					if len(first.failures) == 0 {
						second := NewPlay(first.Seed)
						play(second)
						if first.sum.Sum64() != second.sum.Sum64() {
							first.Failf("to play it twice gives two timelines")
						}
					}
					if len(first.failures) > 0 {
						t.Fatalf("%s\n%s\nTo see it alone:\n\tgo test -run '^%s$' -seed %d -v", first, strings.Join(first.failures, "\n"), strings.Split(t.Name(), "/")[0], first.Seed)
					}
				}
			})
		}
	})
}

var sumSeed = maphash.MakeSeed()

// NewPlay returns a seed that is to be played.
func NewPlay(seed uint64) *Play {
	p := &Play{Seed: seed, Random: rand.New(rand.NewPCG(seed, 2016))}
	p.sum.SetSeed(sumSeed)
	newServer := NewServer
	if seed%2 == 0 {
		newServer = NewListServer
	}
	p.Server = newServer(func(client *sock.Unit) { p.Routine(client) })
	p.Log = log.New(io.Discard, "", 0)
	p.Trace = trace.All(p.Record)
	return p
}

func (p *Play) String() string { return fmt.Sprintf("seed %d: %s", p.Seed, p.About) }

// Failf notes a failure, with the time; of ten at most.
func (p *Play) Failf(format string, args ...any) {
	if len(p.failures) < 10 {
		p.failures = append(p.failures, fmt.Sprintf("%12v  ", p.Now())+fmt.Sprintf(format, args...))
	}
}

// Record is for a trace: it makes the event part of what two plays of a seed
// are compared by, and gives it to Watch.
func (p *Play) Record(e trace.Event) {
	var b [64]byte
	line := b[:0]
	for _, v := range []int64{e.Time.UnixNano(), int64(e.Kind), int64(e.LUN), int64(e.Delay), int64(e.Wait), int64(e.Took), e.Bytes} {
		line = binary.LittleEndian.AppendUint64(line, uint64(v))
	}
	p.sum.Write(line)
	p.sum.WriteString(e.Callback)
	p.sum.WriteString(e.Note)
	if e.Kind == trace.Accepted {
		p.sum.WriteString(e.Addr.String())
	}
	if e.Err != nil {
		p.sum.WriteString(e.Err.Error())
	}
	if p.Watch != nil {
		p.Watch(e)
	}
}

// PlayOut starts the server and plays it until every client is gone, but not
// beyond a time of the network. Then it checks that nothing is left.
func (p *Play) PlayOut(limit time.Duration) {
	p.Start()
	for !p.Idle() && p.Now() < limit {
		p.Run(p.Now() + time.Second)
		if p.Stop != nil && p.Stop() {
			return
		}
	}
	p.Run(p.Now() + time.Second)
	if err := p.Leaks(); err != nil {
		p.Failf("%v", err)
	}
	if !p.Idle() {
		p.Failf("a client is not done")
	}
}

// Maybe is true once in n times.
func (p *Play) Maybe(n int) bool { return p.Random.IntN(n) == 0 }

// UpTo is a duration below limit.
func (p *Play) UpTo(limit time.Duration) time.Duration {
	return time.Duration(p.Random.Int64N(int64(limit)))
}

// Pick is one of the choices.
func Pick[T any](p *Play, choices ...T) T { return choices[p.Random.IntN(len(choices))] }

// ChopSome has a sixth of the server's reads and writes move a part only.
func (p *Play) ChopSome() {
	p.Chop = func(n int) int {
		if p.Maybe(6) {
			return 1 + p.Random.IntN(n)
		}
		return n
	}
}

// Pieces sends data in up to five pieces, with up to half a second between.
func (p *Play) Pieces(data string) (steps []Step) {
	for range p.Random.IntN(5) {
		if len(data) < 2 {
			break
		}
		n := 1 + p.Random.IntN(len(data)-1)
		steps = append(steps, Send(data[:n]), Pause(p.UpTo(500*time.Millisecond)))
		data = data[n:]
	}
	return append(steps, Send(data))
}
