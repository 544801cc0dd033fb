package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	nethttp "net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sockhttp/cmd/command"
	"sockhttp/cmd/internal/commandtest"
	"sockhttp/timer"

	"github.com/benbjohnson/clock"
)

// dialTLS connects to a program, whose certificate is returned.
func dialTLS(t *testing.T, p *commandtest.Process, protocol string) (*tls.Conn, *x509.Certificate) {
	t.Helper()
	c, err := tls.Dial("tcp", "localhost:"+p.Port, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{protocol}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c, c.ConnectionState().PeerCertificates[0]
}

// clientOf trusts a certificate, and speaks HTTP/1.1 or 2.
func clientOf(t *testing.T, c *x509.Certificate, http2 bool) *nethttp.Client {
	roots := x509.NewCertPool()
	roots.AddCert(c)
	transport := &nethttp.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, Protocols: new(nethttp.Protocols)}
	transport.Protocols.SetHTTP1(!http2)
	transport.Protocols.SetHTTP2(http2)
	t.Cleanup(transport.CloseIdleConnections)
	return &nethttp.Client{Transport: transport}
}

func get(t *testing.T, client *nethttp.Client, url, host string) string {
	t.Helper()
	r, err := nethttp.NewRequest("GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = host
	reply, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	body, err := io.ReadAll(reply.Body)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(reply.Proto, " ", reply.Status, " ", string(body))
}

func TestTLS(t *testing.T) {
	dir := folder(t)
	write(t, filepath.Join(dir, ".secret"), "secret\n")
	p := start(t, "-tls", "-dir", dir)
	raw, certificate := dialTLS(t, p, "http/1.1")
	url := "https://localhost:" + p.Port
	for name, http2 := range map[string]bool{"HTTP/1.1": false, "HTTP/2.0": true} {
		client := clientOf(t, certificate, http2)
		for _, test := range []struct{ path, host, want string }{
			{"/hello.txt", "", " 200 OK hello\n"},
			{"/.secret", "", " 404 Not Found "},
			{"/hello.txt", "demo.test", ` 421 Misdirected Request 421 Misdirected Request: this server does not go by the name "demo.test"`},
			{"/", "", " 200 OK <!doctype html>"},
		} {
			if got := get(t, client, url+test.path, test.host); !strings.HasPrefix(got, name+test.want) {
				t.Errorf("%s for %q: %q, want %q", test.path, test.host, got, name+test.want)
			}
		}
		client.CloseIdleConnections()
	}
	for _, host := range []string{"127.0.0.1", "::1", "localhost"} {
		if err := certificate.VerifyHostname(host); err != nil {
			t.Error(err)
		}
	}

	fmt.Fprint(raw, "POST /hello.txt HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")
	if reply, err := io.ReadAll(raw); !strings.HasPrefix(string(reply), "HTTP/1.1 405 ") || err != nil {
		t.Errorf("to POST it answered %q, %v", reply, err)
	}
	raw.Close()
	if reply := p.Ask(t, request); !strings.HasPrefix(reply, "HTTP/1.1 400 Bad Request\r\n") || !strings.HasSuffix(reply, "\r\n\r\n400 Bad Request: this port speaks https; use "+url+"/\n") {
		t.Errorf("to http:// it answered %q", reply)
	}
	p.Signal(t, os.Interrupt)
	if status := p.End(); status != 0 {
		t.Errorf("the exit status is %d", status)
	}

	for _, want := range []string{
		"GET /hello.txt HTTP/1.1\n", "GET /.secret HTTP/1.1\n", "GET /hello.txt HTTP/2.0\n", "GET / HTTP/2.0\n", "POST /hello.txt HTTP/1.1\n",
	} {
		if !strings.Contains(p.Printed.String(), want) {
			t.Errorf("stdout lacks %q:\n%s", want, &p.Printed)
		}
	}
	for _, want := range []string{
		`^SOCKSERVERHTTP: Server listening on port \d+
sockserverhttp: open ` + url + `/; Ctrl-C stops the server
sockserverhttp: its certificate was made for this run, .*; its SHA-256 fingerprint is ` + fingerprintOf(certificate.Raw) + `
LISTENERCALLBACK: Client connection established on LUN 101
`,
		`\nFILESERVER: LUN 10\d: 200 OK, 6 bytes, [\d.]+[mµ]?s\n`,
		`\nFILESERVER: LUN 10\d: 200 OK, \d{3,} bytes, `, // the listing
		`\nFILESERVER: LUN 10\d: 421 Misdirected Request, 114 bytes, `,
		`\nFILESERVER: LUN 101: 405 Method Not Allowed, \d+ bytes, `,
		`\nhttp: TLS handshake error from .*: the client spoke HTTP, and was told to use https\n`,
	} {
		if !regexp.MustCompile(want).MatchString(p.Logged.String()) {
			t.Errorf("stderr lacks %s:\n%s", want, &p.Logged)
		}
	}
	if !regexp.MustCompile(`^([0-9A-F]{2}:){31}[0-9A-F]{2}$`).MatchString(fingerprintOf(nil)) {
		t.Errorf("a fingerprint looks like %s", fingerprintOf(nil))
	}
}

// The certificate of -cert is that which clients get, and -q leaves out the
// lines about them.
func TestCertificateOfOnesOwn(t *testing.T) {
	made, err := makeCertificate([]string{"nas.test", "localhost"})
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(made.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	dir, files := t.TempDir(), folder(t)
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	write(t, certFile, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: made.Certificate[0]})))
	write(t, keyFile, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})))
	p := start(t, "-tls", "-cert", certFile, "-key", keyFile, "-allow-host", "nas.test", "-q", "-dir", files)
	raw, certificate := dialTLS(t, p, "h2")
	raw.Close()
	if fingerprintOf(certificate.Raw) != fingerprintOf(made.Certificate[0]) {
		t.Error("the certificate is another")
	}
	client := clientOf(t, certificate, true)
	if got := get(t, client, "https://localhost:"+p.Port+"/hello.txt", "nas.test"); got != "HTTP/2.0 200 OK hello\n" {
		t.Errorf("answered %q", got)
	}
	client.CloseIdleConnections()
	p.Signal(t, os.Interrupt)
	if status := p.End(); status != 0 || p.Printed.Len() > 0 || strings.Count(p.Logged.String(), "\n") != 3 {
		t.Errorf("-q: status %d and %q, %q; want the two lines of the start and that of the end", status, &p.Printed, &p.Logged)
	}

	var stderr strings.Builder
	if status := run([]string{"-tls", "-cert", keyFile, "-key", keyFile, "-dir", files, "0"}, io.Discard, &stderr); status != 1 ||
		!strings.HasPrefix(stderr.String(), fmt.Sprintf("sockserverhttp: cannot use the certificate %q with the key %[1]q: ", keyFile)) {
		t.Errorf("status %d and %q", status, &stderr)
	}
}

// A signal ends the connections that ask for nothing at once, and a reply under
// way when it is sent.
func TestInterruptWithTLS(t *testing.T) {
	dir := t.TempDir()
	const size = 16 << 20
	write(t, filepath.Join(dir, "large"), strings.Repeat("0123456789abcdef", size/16))
	p := start(t, "-tls", "-dir", dir)
	silent := p.Dial(t, "")
	greeted, certificate := dialTLS(t, p, "http/1.1")
	greeted2, _ := dialTLS(t, p, "h2")
	// Only when the server has greeted it with SETTINGS, net/http's Shutdown knows it.
	if _, err := io.ReadFull(greeted2, make([]byte, 9)); err != nil {
		t.Fatal(err)
	}
	client := clientOf(t, certificate, false)
	reply, err := client.Get("https://localhost:" + p.Port + "/large")
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	p.Signal(t, os.Interrupt)
	for name, c := range map[string]net.Conn{"silent": silent, "greeted": greeted, "greeted with HTTP/2": greeted2} {
		if _, err := io.Copy(io.Discard, c); err != nil && !strings.Contains(err.Error(), "reset") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n, err := io.Copy(io.Discard, reply.Body); n != size || err != nil {
		t.Errorf("%d bytes of the reply come, %v", n, err)
	}
	silent.Close()
	greeted.Close()
	greeted2.Close()
	if status := p.End(); status != 0 {
		t.Errorf("the exit status is %d", status)
	}
	if strings.Contains(p.Logged.String(), "panic") || !strings.Contains(p.Logged.String(), fmt.Sprint(": 200 OK, ", size, " bytes, ")) {
		t.Errorf("stderr is\n%s", &p.Logged)
	}
}

// HTTP/2 clients that have no stream give up their places, though the last that they
// have sent, an acknowledgment, is not answered.
func TestIdleClientsOfHTTP2GiveUpTheirPlaces(t *testing.T) {
	p := start(t, "-tls", "-max-clients", "2", "-dir", folder(t))
	var certificate *x509.Certificate
	for range 2 {
		var c *tls.Conn
		c, certificate = dialTLS(t, p, "h2")
		io.WriteString(c, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00") // and SETTINGS, without any
		if _, err := io.ReadFull(c, make([]byte, 9)); err != nil {                                // it has greeted
			t.Fatal(err)
		}
		io.WriteString(c, "\x00\x00\x00\x04\x01\x00\x00\x00\x00") // the acknowledgment of that
	}
	newcomer := clientOf(t, certificate, false)
	newcomer.Timeout = 20 * time.Second // others are idle for a minute at most
	if got := get(t, newcomer, "https://localhost:"+p.Port+"/hello.txt", ""); got != "HTTP/1.1 200 OK hello\n" {
		t.Errorf("it is answered %q", got)
	}
}

// A kept client that has sent half a request keeps its place, though it has been quiet
// for longest.
func TestHalfARequestKeepsItsPlace(t *testing.T) {
	p := start(t, "-tls", "-max-clients", "2", "-interval", "1ms", "-dir", folder(t))
	const first, second = "GET /hello.txt HTTP/1.1\r\n", "Host: localhost\r\n\r\n"
	half, certificate := dialTLS(t, p, "http/1.1")
	replies := bufio.NewReader(half)
	hello := func() {
		t.Helper()
		reply, err := nethttp.ReadResponse(replies, nil)
		if err != nil {
			t.Fatal(err)
		}
		if body, err := io.ReadAll(reply.Body); string(body) != "hello\n" || err != nil {
			t.Errorf("%q, %v", body, err)
		}
	}
	io.WriteString(half, first+second)
	hello()
	io.WriteString(half, first)
	other, newcomer := clientOf(t, certificate, false), clientOf(t, certificate, false)
	for range 50 { // the other is idle for a shorter time, and the server has seen the half
		get(t, other, "https://localhost:"+p.Port+"/hello.txt", "")
	}
	get(t, newcomer, "https://localhost:"+p.Port+"/hello.txt", "")
	io.WriteString(half, second)
	hello()
}

// A stream of HTTP/2 whose client takes nothing is ended, though the connection
// is in order.
func TestAStreamThatIsNotReadEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		queue := timer.NewQueue(clock.New())
		ctx, end := context.WithCancel(t.Context())
		log := command.NewLog(program, io.Discard, io.Discard, command.Normal)
		defer log.Close()
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			queue.Run(ctx)
		}()

		var took time.Duration
		written := make(chan error)
		endless := nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
			began := time.Now()
			var err error
			for err == nil {
				_, err = w.Write(make([]byte, 1<<20))
			}
			took = time.Since(began)
			written <- err
		})
		server := &nethttp.Server{Handler: newLoggedHandler(endless, nil, queue, log, "TEST", command.Normal), Protocols: new(nethttp.Protocols)}
		server.Protocols.SetUnencryptedHTTP2(true)
		ours, theirs := net.Pipe()
		listener := &oneConn{conns: make(chan net.Conn, 1)}
		listener.conns <- ours
		go server.Serve(listener)

		transport := &nethttp.Transport{
			Protocols:   server.Protocols,
			DialContext: func(context.Context, string, string) (net.Conn, error) { return theirs, nil },
		}
		reply, err := (&nethttp.Client{Transport: transport}).Get("http://localhost/")
		if err != nil {
			t.Fatal(err)
		}
		if err := <-written; err == nil || took != 30*time.Second {
			t.Errorf("it ends with %v after %v", err, took)
		}
		reply.Body.Close()
		transport.CloseIdleConnections()
		server.Close()
		end()
		<-ended
	})
}

// oneConn is a listener to few clients.
type oneConn struct {
	conns  chan net.Conn
	closed bool
}

func (l *oneConn) Addr() net.Addr { return &net.TCPAddr{} }
func (l *oneConn) Accept() (net.Conn, error) {
	if c, ok := <-l.conns; ok {
		return c, nil
	}
	return nil, net.ErrClosed
}
func (l *oneConn) Close() error {
	if !l.closed {
		l.closed = true
		close(l.conns)
	}
	return nil
}

// What a client says in the handshake is escaped.
func TestMessagesOfNetHTTPAreEscaped(t *testing.T) {
	var to strings.Builder
	escaping{&to}.Write([]byte("http: TLS handshake error: \x1b[2J\nsockserverhttp: stopping\n"))
	if got, want := to.String(), `http: TLS handshake error: \x1b[2J\nsockserverhttp: stopping`+"\n"; got != want {
		t.Errorf("printed %q, want %q", got, want)
	}
}
