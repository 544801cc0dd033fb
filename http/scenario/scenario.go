// Package scenario plays a server and its clients on the simulated network, as a
// short text says. The histories that testdata/timelines keeps are played from
// such texts, and so is what the laboratory of the page shows.
//
// A text has one statement a line, and comments that begin with #:
//
//	pace posted                 or eager, the default
//	routine plain               PostedHTTP or SockHTTP: posted or plain; else by the pace
//	blocking                    a client is waited for, as IDL does: see package blocking
//	until 600ms                 the time that is played; 1s unless it is given
//	latency 20ms                of all that travels, one way; 0s unless it is given
//	interval 100ms              also listen-wait and poll-wait: see sock.Pace
//	window 65536                bytes that may be under way
//	step 100µs                  what a callback takes that is due again at once
//	file large 120000           a file that is served, of so many bytes; hello.txt is there
//	faults 7                    bad luck that is drawn from this seed
//	client at 350ms             a client that connects then; times 10 every 5ms has ten
//	    get /hello.txt          sends a GET request
//	    send "GET /he"          sends these bytes, written as in Go
//	    pause 200ms
//	    close-write             or reset, vanish: see socktest
//	    read 40000 every 300ms  or read nothing; else it reads what comes
//	    keep-open               it stays when the server has shut its side
//	fetch /hello.txt refused 2  SockClient fetches a file, refused twice at first
//	swarm 58                    all of it is drawn from this seed, as package swarm does
package scenario

import (
	"fmt"
	"time"

	"sockhttp/sock"
	"sockhttp/sock/socktest"
	"sockhttp/sock/trace"
)

// What is longer is refused.
const (
	MaxClients = 1000
	MaxTime    = time.Hour
	MaxEvents  = 200_000
	MaxText    = 64 << 10 // bytes of the text
	maxFile    = 1 << 20  // bytes of a file
	maxSent    = 8 << 20  // bytes that clients send, in all
	maxWritten = 16 << 20 // bytes that are written to clients, in all
)

// A Scenario is what is played. Parse returns one.
type Scenario struct {
	Pace     sock.Pace
	Posted   bool // the routine is PostedHTTP
	Blocking bool
	Until    time.Duration
	Latency  time.Duration
	Window   int
	Step     time.Duration
	Files    map[string]int // bytes of each file that is served, besides hello.txt
	Clients  []socktest.Script

	// Faults and Swarm are seeds; 0 is none. With Swarm, all but Until is
	// drawn.
	Faults, Swarm uint64

	// Fetch is the path of a file that a client at the pace of the post
	// fetches, after it was refused so often. The history is that client's.
	Fetch   string
	Refused int

	isTimed bool // Until was given
}

// A Result is what was played.
type Result struct {
	Timeline *socktest.Timeline
	Start    time.Time
	Events   []trace.Event
	Clients  []*socktest.Client
	Logged   string // by the server

	Fetched  string // by Fetch, and how that went
	FetchErr error
}

// An Error says what is wrong with a text, and in which line, from 1; 0 is all
// of it.
type Error struct {
	Line    int    `json:"line"`
	Message string `json:"message"`
}

func (e *Error) Error() string {
	if e.Line == 0 {
		return e.Message
	}
	return fmt.Sprintf("line %d: %s", e.Line, e.Message)
}
