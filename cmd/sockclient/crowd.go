package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"time"

	"sockhttp/cmd/command"
	"sockhttp/http"
	"sockhttp/sock"
	"sockhttp/timer"
)

// A visit is one client's, and what came of it.
type visit struct {
	fetch  http.Fetch
	queue  *timer.Queue
	manner manner
	began  time.Time
	took   time.Duration
	bytes  int64
	left   bool  // as it was to
	err    error // of the connection
	done   bool
}

// Write counts the file's bytes, and drops them.
func (v *visit) Write(p []byte) (int, error) {
	v.bytes += int64(len(p))
	return len(p), nil
}

// ask sends the request in the client's manner. It is a Fetch's Ask.
func (v *visit) ask(server *sock.Unit, request []byte) (takes time.Duration) {
	m := &v.manner
	if m.leaveAfter > 0 {
		request = request[:m.leaveAfter]
	}
	pieces := max(1, m.pieces)
	at := func(i int) time.Duration { return m.silent + time.Duration(i)*m.every }
	for i := range pieces {
		piece := request[len(request)*i/pieces : len(request)*(i+1)/pieces]
		v.after(at(i), func() {
			if v.done {
				return
			}
			server.Write(piece)
			if i == pieces-1 && m.leaveAfter > 0 {
				v.left = true
				server.Free()
			}
			server.Wake()
		})
	}
	return at(pieces - 1)
}

// after calls f after d, at once if that is 0.
func (v *visit) after(d time.Duration, f func()) {
	if d == 0 {
		f()
		return
	}
	v.queue.Set(d, func(timer.ID) { f() })
}

// result says in a word or more what came of it, for the totals.
func (v *visit) result() string {
	err := cmp.Or(v.err, v.fetch.Err)
	switch {
	case !v.done:
		return errInterrupted.Error()
	case v.left && v.err == nil:
		return "left"
	case v.fetch.Status != "" && (err == nil || v.fetch.Status != "200 OK"):
		return command.Escape(v.fetch.Status)
	}
	return command.Escape(err.Error())
}

// isGood reports whether it got the file, or left as it was to.
func (v *visit) isGood() bool {
	return v.done && v.err == nil && (v.left || v.fetch.Err == nil)
}

// visitAll has a crowd visit the server in their manner, and prints what came of it.
func visitAll(o *options, stdout, stderr io.Writer) error {
	ctx, stop := untilSignal()
	defer stop()
	s := newSession(o, o.webAddress(), stderr)
	visits := s.startVisits(o)
	s.run(ctx)
	s.close()
	return total(visits, stdout)
}

// startVisits starts the clients, all at once.
func (s *session) startVisits(o *options) []*visit {
	if rate := o.manner.rate; rate > 0 {
		dial := s.dial
		s.dial = func() sock.Dialer { return &slowDialer{dial(), rate, s.queue.Now} }
	}
	visits := make([]*visit, o.clients)
	for i := range visits {
		v := &visit{queue: s.queue, manner: o.manner, began: s.queue.Now()}
		v.fetch = http.Fetch{Host: o.url.Host, Path: o.url.RequestURI(), To: v, Ask: v.ask}
		s.add(v.fetch.Routine, func(err error) {
			v.done, v.err, v.took = true, err, s.queue.Now().Sub(v.began)
		})
		visits[i] = v
	}
	return visits
}

// total prints what came of all visits.
func total(visits []*visit, stdout io.Writer) error {
	var results []string // in the order of the first of each
	count, good := map[string]int{}, 0
	var times []time.Duration
	bytes := int64(0)
	for _, v := range visits {
		r := v.result()
		if count[r]++; count[r] == 1 {
			results = append(results, r)
		}
		if v.isGood() {
			good++
		}
		if v.done {
			times = append(times, v.took)
		}
		bytes += v.bytes
	}
	for _, r := range results {
		fmt.Fprintf(stdout, "%5d x %s\n", count[r], r)
	}
	if slices.Sort(times); len(times) > 0 {
		seconds := func(d time.Duration) string { return fmt.Sprintf("%.3f s", d.Seconds()) }
		first, last := seconds(times[0]), seconds(times[len(times)-1])
		if len(times) == 1 {
			fmt.Fprintf(stdout, "%d bytes; time: %s\n", bytes, first)
		} else {
			fmt.Fprintf(stdout, "%d bytes; times: min %s, median %s, max %s\n", bytes, first, seconds(times[len(times)/2]), last)
		}
	}
	if good < len(visits) {
		return fmt.Errorf("%d of %d clients did not get the file", len(visits)-good, len(visits))
	}
	return nil
}
