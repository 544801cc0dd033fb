package httpload

import (
	"context"
	"errors"
	"io"
	nethttp "net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// serve starts a server that answers with handler and returns its address.
func serve(t *testing.T, handler nethttp.HandlerFunc) string {
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

func TestRunMakesAsManyRequestsAsItShould(t *testing.T) {
	for _, keepAlive := range []bool{false, true} {
		var requests, connections atomic.Int64
		address := serve(t, func(w nethttp.ResponseWriter, r *nethttp.Request) {
			if requests.Add(1); r.URL.Path != "/file" || r.Method != "GET" {
				t.Errorf("the request is %s %s", r.Method, r.URL)
			}
			if !keepAlive == (r.Header.Get("Connection") == "close") {
				connections.Add(1)
			}
			io.WriteString(w, "body")
		})
		target, err := NewTarget(address, "/file", keepAlive, func(body io.Reader) error {
			if b, _ := io.ReadAll(body); string(b) != "body" {
				t.Errorf("the body is %q", b)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		r, err := target.Run(context.Background(), 3, 100)
		if err != nil {
			t.Fatal(err)
		}
		if requests.Load() != 101 || connections.Load() != 101 || len(r.Latency) != 100 || r.Bytes != 100*target.length {
			t.Errorf("%d requests, %d with the right Connection, %d counted, %d bytes", requests.Load(), connections.Load(), len(r.Latency), r.Bytes)
		}
		if r.Quantile(0) != r.Latency[0] || r.Quantile(1) != r.Latency[99] || r.Quantile(0.5) != r.Latency[50] || r.PerSecond() <= 0 {
			t.Errorf("quantiles %v, %v, %v of %v", r.Quantile(0), r.Quantile(0.5), r.Quantile(1), r.Latency)
		}
	}
}

func TestAnotherReplyIsAnError(t *testing.T) {
	for name, second := range map[string]nethttp.HandlerFunc{
		"status":  func(w nethttp.ResponseWriter, r *nethttp.Request) { nethttp.Error(w, "body", 500) },
		"shorter": func(w nethttp.ResponseWriter, r *nethttp.Request) { io.WriteString(w, "bod") },
		"longer":  func(w nethttp.ResponseWriter, r *nethttp.Request) { io.WriteString(w, "body.") },
		"none":    func(w nethttp.ResponseWriter, r *nethttp.Request) { panic(nethttp.ErrAbortHandler) },
	} {
		var requests atomic.Int64
		target, err := NewTarget(serve(t, func(w nethttp.ResponseWriter, r *nethttp.Request) {
			if requests.Add(1) > 1 {
				second(w, r)
				return
			}
			io.WriteString(w, "body")
		}), "/", false, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := target.Run(context.Background(), 1, 1); err == nil || !strings.Contains(err.Error(), target.address) {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
}

func TestNewTargetChecks(t *testing.T) {
	if _, err := NewTarget(serve(t, nethttp.NotFound), "/", false, nil); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("a 404 gives %v", err)
	}
	wrong := errors.New("wrong")
	if _, err := NewTarget(serve(t, func(nethttp.ResponseWriter, *nethttp.Request) {}), "/", false, func(io.Reader) error { return wrong }); !errors.Is(err, wrong) {
		t.Errorf("a body that is not accepted gives %v", err)
	}
}

// The end of the context ends a wait for a reply that never comes.
func TestRunEndsWithItsContext(t *testing.T) {
	var requests atomic.Int64
	ctx, cancel := context.WithCancel(context.Background())
	end := make(chan struct{})
	target, err := NewTarget(serve(t, func(w nethttp.ResponseWriter, r *nethttp.Request) {
		if requests.Add(1) == 4 {
			cancel()
			<-end
		}
	}), "/", false, nil)
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	r, err := target.Run(ctx, 1, 10)
	close(end)
	if err != nil || len(r.Latency) != 2 || time.Since(begun) > replyTimeout/2 {
		t.Errorf("%d replies, %v, after %v", len(r.Latency), err, time.Since(begun))
	}
}
