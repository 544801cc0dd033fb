package handler_test

import (
	"strings"
	"testing"
	"time"

	"sockhttp/http"
	"sockhttp/http/handler"
	"sockhttp/sock"
	"sockhttp/sock/socktest"
	"sockhttp/sock/trace"
)

// A client that does nothing makes no work, in whatever state it stays: its
// callbacks come ten times a second, as if it were silent. The routine is not
// called at all.
func TestAClientThatDoesNothingMakesNoWork(t *testing.T) {
	const get, large = "GET /hello.txt HTTP/1.1\r\nHost: a\r\n\r\n", "GET /large HTTP/1.1\r\nHost: a\r\n\r\n"
	w := newFileWorld(t, false, map[string]string{"hello.txt": content, "large": strings.Repeat("x", 3<<20)})
	directory := http.NewDirectory(w.root)
	files := handler.Routine(handler.FileServer(w.root, false), nil)
	never := socktest.Pause(time.Hour)
	for name, script := range map[string]socktest.Script{
		"silent":                    {},
		"half a header":             {Steps: []socktest.Step{socktest.Send(get[:20]), never}},
		"empty lines":               {Steps: []socktest.Step{socktest.Send("\r\n\r\n\r\n"), never}},
		"kept":                      {Steps: []socktest.Step{socktest.Send(get), never}},
		"kept, and half a header":   {Steps: []socktest.Step{socktest.Send(get + get[:20]), never}},
		"half a body":               {Steps: []socktest.Step{socktest.Send("POST /hello.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx"), never}},
		"half a chunk":              {Steps: []socktest.Step{socktest.Send("POST /hello.txt HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nx"), never}},
		"a body that is asked for":  {Steps: []socktest.Step{socktest.Send("POST /hello.txt HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n"), never}},
		"not reading":               {ReadSize: -1, Steps: []socktest.Step{socktest.Send(large), never}},
		"not reading, half closed":  {ReadSize: -1, Steps: []socktest.Step{socktest.Send(large), socktest.CloseWrite()}},
		"not reading, pipelined":    {ReadSize: -1, Steps: []socktest.Step{socktest.Send(strings.Repeat(large, 1000)), never}},
		"refused, and not closing":  {KeepOpen: true, Steps: []socktest.Step{socktest.Send("BREW / HTTP/1.0\r\n\r\n"), never}},
		"vanished while it is sent": {ReadSize: -1, Steps: []socktest.Step{socktest.Send(large), socktest.Pause(ms), socktest.Vanish()}},
	} {
		for server, routine := range map[string]sock.Routine{"SockHTTP": directory.SockHTTP, "PostedHTTP": directory.PostedHTTP, "FileServer": files} {
			s := socktest.NewServer(routine)
			s.Limits.InputTimeout, s.Limits.SendTimeout = time.Hour, time.Hour
			calls, dispatched := 0, 0
			s.Trace[trace.TimerFired] = func(e trace.Event) {
				if e.LUN != 100 {
					calls++
				}
			}
			s.Trace[trace.Dispatched] = func(trace.Event) { dispatched++ }
			s.Start()
			s.Connect(script)
			s.Run(time.Second)
			calls, dispatched = 0, 0
			s.Run(2 * time.Second)
			if calls > 12 || dispatched > 0 {
				t.Errorf("%s, %s: in the second second it is called %d times, and the routine %d times", server, name, calls, dispatched)
			}
		}
	}
}
