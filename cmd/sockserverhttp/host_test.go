package main

import (
	"fmt"
	"io"
	"strings"
	"testing"
)

// With -tls, net/http reads the requests. A Host in one of HTTP/1.0 must be the
// server's, too; without one, the request is answered.
func TestHostOfHTTP10WithTLS(t *testing.T) {
	p := start(t, "-tls", "-dir", folder(t))
	for field, want := range map[string]string{
		"Host: demo.test\r\n": "HTTP/1.0 421 ",
		"Host: localhost\r\n": "HTTP/1.0 200 ",
		"":                    "HTTP/1.0 200 ",
	} {
		c, _ := dialTLS(t, p, "http/1.1")
		fmt.Fprintf(c, "GET /hello.txt HTTP/1.0\r\n%s\r\n", field)
		if reply, err := io.ReadAll(c); err != nil || !strings.HasPrefix(string(reply), want) {
			t.Errorf("%q: %q, %v; want %s", field, reply, err, want)
		}
	}
}
