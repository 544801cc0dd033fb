package swarm

import "testing"

// Wherever a reply is cut, it is a part of that reply and of no other. (The
// judge took one that ended with a CR for a wrong one, in seeds 77128 and
// 158153.)
func TestJudgeOfAReplyThatIsCut(t *testing.T) {
	const reply = "HTTP/1.1 200 OK\r\nDate: Sat, 01 Jan 2000 00:00:00 GMT\r\nContent-Length: 5\r\n\r\nhello"
	c := &client{}
	for n := range len(reply) + 1 {
		if !c.isPart(reply[:n], exchange{status: 200, body: "hello"}) {
			t.Errorf("%q is not taken for a part of the reply", reply[:n])
		}
		if n > len("HTTP/1.1 ") && c.isPart(reply[:n], exchange{status: 404, body: "?"}) {
			t.Errorf("%q is taken for a part of another reply", reply[:n])
		}
	}
}
