package lanes

import (
	"fmt"
	"net"
	"time"

	"sockhttp/sock/trace"
)

// A reply is when a client was answered.
type reply struct {
	client string // its address
	nth    int    // of those to it, from 0
	at     time.Duration
}

// replies are the replies of a history, in their order.
func (h *History) replies() (replies []reply) {
	holders := map[int]net.Addr{}
	count := map[string]int{}
	for i, e := range h.Events {
		switch e.Kind {
		case trace.Accepted:
			holders[e.LUN] = e.Addr
		case trace.Replied:
			if addr := holders[e.LUN]; addr != nil {
				client := addr.String()
				replies = append(replies, reply{client, count[client], h.at(i)})
				count[client]++
			}
		}
	}
	return replies
}

// differences draws, between two histories, by how much one answers each client
// sooner than the other, and returns where that ends.
func (d *drawing) differences(above, below *History, y float64) float64 {
	const row, most = 24, 4
	type key struct {
		client string
		nth    int
	}
	other := map[key]time.Duration{}
	for _, r := range below.replies() {
		other[key{r.client, r.nth}] = r.at
	}
	rows := 0
	for _, r := range above.replies() {
		at, ok := other[key{r.client, r.nth}]
		if !ok || at == r.at || d.outside(min(at, r.at), max(at, r.at)) {
			continue
		}
		if rows++; rows > most {
			break
		}
		middle := y + float64(rows)*row - row/2
		from, to := d.x(min(at, r.at)), d.x(max(at, r.at))
		d.WriteString(path("between", "M%.1f %.1fv8m0 -4H%.1fm0 -4v8", from, middle-4, to) + "\n")
		words := fmt.Sprintf("below, %v sooner", (at - r.at).Abs())
		if at > r.at {
			words = fmt.Sprintf("below, %v later", at-r.at)
		}
		d.text(min(to+8, d.width-4-boldWidth*float64(len(words))), middle+4, "halo reply", words)
	}
	return y + float64(min(rows, most))*row
}
