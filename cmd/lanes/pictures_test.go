package lanes_test

import (
	"path/filepath"
	"testing"
	"time"

	"sockhttp/cmd/lanes"
	"sockhttp/sock/socktest"
)

// parse is a history of lines.
func parse(t *testing.T, name, lines string) lanes.History {
	t.Helper()
	h, err := lanes.Parse(name, lines)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// A busyHistory begins and ends within a poll, its units come in another order than
// their numbers, and more happens at 0.4 s than there is room for.
const busyHistory = ` 0.050000  102  poll ended: nothing
 0.050000  102  ServerCallback set in 100ms
 0.100000  100  ListenerCallback
 0.100000  100  poll, waiting up to 100ms
 0.150000  100  poll ended: a client is waiting
 0.150000  101  accepted 192.0.2.1:1
 0.150000  101  ServerCallback set in 100ms
 0.150000  100  ListenerCallback set in 100ms
 0.150000  102  ServerCallback
 0.150000  102  ServerCallback set in 100ms
 0.250000  101  ServerCallback
 0.250000  101  poll, waiting up to 10ms
 0.250000  101  poll ended: 44 bytes
 0.250000  101  routine called
 0.280000  101  wrote 71 bytes
 0.280000  101  ServerCallback set in 100ms
 0.280000  102  ServerCallback
 0.280000  102  ServerCallback set in 100ms
 0.280000  100  ListenerCallback
 0.280000  100  poll, waiting up to 100ms
 0.380000  100  poll ended: nothing
 0.380000  100  ListenerCallback set in 100ms
 0.380000  102  dropped: its place is needed for another client
 0.380000  102  freed after 400ms, 0 bytes written
 0.380000  102  LingerCallback set in 10ms
 0.400000  101  ServerCallback
 0.400000  101  poll, waiting up to 10ms
 0.400000  101  poll ended: 5 bytes
 0.400000  101  routine called
 0.400000  101  wrote 10 bytes
 0.400000  101  replied after 150ms: 200 OK, 81 bytes
 0.400000  101  freed after 250ms, 81 bytes written
 0.400000  101  closed
 0.400000  101  accepted 192.0.2.2:2
 0.400000  101  poll, waiting up to 10ms
 0.400000  101  poll ended: 5 bytes
 0.400000  101  routine called
 0.400000  101  wrote 10 bytes
 0.400000  101  wrote 11 bytes
 0.400000  101  wrote 12 bytes
 0.401000  101  wrote 13 bytes
 0.402000  101  replied after 150ms: 200 OK, 10 of 20 bytes
 0.402000  101  ServerCallback set in 100ms
 0.430000  102  closed
 0.480000  100  ListenerCallback
 0.480000  100  poll, waiting up to 100ms
 0.580000  100  poll ended: nothing
 0.580000  100  ListenerCallback set in 100ms
 0.580000  101  ServerCallback
 0.580000  101  poll, waiting up to 10ms
 0.590000  101  poll ended: nothing
 0.590000  101  ServerCallback set in 100ms
 0.680000  100  ListenerCallback
 0.680000  100  poll, waiting up to 100ms
 0.780000  100  poll ended: nothing
 0.780000  100  ListenerCallback set in 100ms
 0.880000  100  ListenerCallback
 0.880000  100  poll, waiting up to 100ms
`

// Four clients are answered, and then sooner, later, at the same time or not at all.
const (
	firstReplies = ` 0.000000  101  accepted 192.0.2.1:1
 0.000000  102  accepted 192.0.2.2:2
 0.000000  103  accepted 192.0.2.3:3
 0.100000  101  replied after 100ms: 200 OK, 7 bytes
 0.200000  102  replied after 200ms: 200 OK, 7 bytes
 0.300000  103  replied after 300ms: 200 OK, 7 bytes
 0.400000  101  replied after 100ms: 200 OK, 7 bytes
 0.500000  102  replied after 200ms: 200 OK, 7 bytes
 0.600000  101  closed
 0.600000  101  accepted 192.0.2.6:6
 0.700000  101  replied after 100ms: 200 OK, 7 bytes
 0.800000  102  replied after 100ms: 200 OK, 7 bytes
 0.900000  102  replied after 100ms: 200 OK, 7 bytes
`
	otherReplies = ` 0.000000  103  accepted 192.0.2.1:1
 0.000000  101  accepted 192.0.2.2:2
 0.000000  102  accepted 192.0.2.3:3
 0.000000  104  replied after 0s: 404 Not Found, 7 bytes
 0.150000  103  replied after 150ms: 200 OK, 7 bytes
 0.200000  101  replied after 200ms: 200 OK, 7 bytes
 0.250000  102  replied after 250ms: 200 OK, 7 bytes
 0.890000  103  replied after 590ms: 200 OK, 7 bytes
 0.890000  101  replied after 390ms: 200 OK, 7 bytes
 0.900000  101  replied after 100ms: 200 OK, 7 bytes
 0.980000  101  replied after 100ms: 200 OK, 7 bytes
`
)

// Each picture is as it was when somebody last looked at it.
func TestPictures(t *testing.T) {
	idle := parse(t, "With calls that were not kept", " 0.300000  101  ServerCallback\n 0.300000  101  wrote 5 bytes\n")
	idle.Idle = []lanes.Idle{{LUN: 101, From: 100 * time.Millisecond, To: 290 * time.Millisecond, Number: 12}, {LUN: 103, To: 50 * time.Millisecond, Number: 3}}
	busy := []lanes.History{parse(t, "", busyHistory)}
	again := history(t, "posted-client-that-tries-again")
	for name, p := range map[string]lanes.Picture{
		"busy":        {Histories: busy, MaxLanes: 3},
		"busy-narrow": {Histories: busy, MaxLanes: 2, Width: 320, From: 250 * time.Millisecond},
		"busy-part":   {Histories: busy, From: 390 * time.Millisecond, To: 600 * time.Millisecond},
		"idle":        {Histories: []lanes.History{idle, again}, Width: 560},
		"differences": {Histories: []lanes.History{parse(t, "First", firstReplies), parse(t, "Other", otherReplies)}},
		"differences-part": {
			Histories: []lanes.History{parse(t, "First", firstReplies), parse(t, "Other", otherReplies)},
			Width:     559, From: 260 * time.Millisecond, To: 885 * time.Millisecond,
		},
	} {
		p.Bare = true
		socktest.WantFile(t, filepath.Join("testdata", name+".svg"), p.SVG())
	}
}
