package scenario

// A Named scenario is one with its text.
type Named struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// Histories are the scenarios whose timelines testdata/timelines keeps.
var Histories = []Named{
	{"posted-one-client", `# One client, at the pace of the post.
pace posted
until 600ms
client at 350ms
  get /hello.txt
`},
	{"posted-two-clients-at-once", `# One call of ListenerCallback accepts one client: the second one waits.
pace posted
until 900ms
client at 150ms times 2
  get /hello.txt
`},
	{"posted-three-clients-at-once", `# Three clients, of which the last one does not say GET.
pace posted
until 600ms
client at 0s times 2
  get /hello.txt
client at 0s
  send "HEAD / HTTP/1.0\n\n"
`},
	{"posted-request-in-three-pieces", `# The second piece is there when it is polled at 0.3, just in time. Then the
# listener's poll, from 0.4, holds the next one up until 0.5, when the last
# piece arrives.
pace posted
until 1.1s
client at 100ms
  send "GET /"
  pause 200ms
  send "hello.txt HTTP/1.1\r\nHost:"
  pause 200ms
  send " localhost\r\n\r\n"
`},
	{"posted-silent-client", `# A client that says nothing is given up after ten seconds.
pace posted
until 11s
client at 0s
`},
	{"posted-client-that-leaves", `# Two clients that leave: one in the middle of its request, one without any.
pace posted
until 900ms
client at 100ms
  send "GET /hel"
  pause 50ms
  reset
client at 300ms
  close-write
`},
	{"posted-slow-beside-fast", `# A client that is slow to read a large file does not hold up the other.
pace posted
until 1.5s
file large 120000
client at 100ms
  send "GET /large HTTP/1.1\n\n"
  read 40000 every 300ms
client at 120ms
  get /hello.txt
`},
	{"posted-unit-number-used-again", `# The first client's unit, 101, is free from 0.2 on, its callback still set
# for 0.3; the second gets 101 at 0.25. In IDL that callback would poll the
# second client.
pace posted
until 1s
client at 0s
  get /hello.txt
client at 250ms
  pause 400ms
  get /hello.txt
`},
	{"posted-client-that-tries-again", `# SockClient: refused twice, it is connected at its third try. It shares the
# queue of the server, whose listener's polls hold it up.
pace posted
until 900ms
fetch /hello.txt refused 2
`},
	{"posted-blocking-slow-request", `# As in IDL, a client is waited for until its request is whole: one that is slow
# to send it holds up the three others.
pace posted
blocking
until 2.2s
file large 120000
client at 0s
  pause 450ms
  send "GET /hell"
  pause 1550ms
  send "o.txt HTTP/1.1\r\nHost: localhost\r\n\r\n"
client at 0s times 3
  pause 600ms
  get /hello.txt
`},
	{"posted-blocking-slow-reader", `# As in IDL, a client is waited for until it has read enough: one that is slow
# to read a large file holds up the three others.
pace posted
blocking
until 2.9s
file large 120000
client at 0s
  pause 450ms
  send "GET /large HTTP/1.1\n\n"
  read 15000 every 250ms
client at 0s times 3
  pause 600ms
  get /hello.txt
`},
	{"eager-one-client", `# The same client as posted-one-client, at the eager pace: answered at once.
until 600ms
client at 350ms
  get /hello.txt
`},
	{"eager-slow-beside-fast", `# The same two as posted-slow-beside-fast, at the eager pace.
until 1.5s
file large 120000
client at 100ms
  get /large
  read 40000 every 300ms
client at 120ms
  get /hello.txt
`},
}

// Find returns the history of this name, or nil.
func Find(name string) *Named {
	for i := range Histories {
		if Histories[i].Name == name {
			return &Histories[i]
		}
	}
	return nil
}
