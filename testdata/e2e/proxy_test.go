package e2e

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	nethttp "net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// configuration is the part of DEPLOY.md's examples that comes after a line
// which ends in these words, with some of its words replaced, each of which
// must be there.
func configuration(t *testing.T, after string, replace ...string) string {
	t.Helper()
	deploy, err := os.ReadFile(filepath.Join(root, "DEPLOY.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(strings.ReplaceAll(string(deploy), "\r\n", "\n"), after+"\n\n    ")
	if !ok {
		t.Fatalf("DEPLOY.md has no example after %q", after)
	}
	text := regexp.MustCompile(`(?s)^.*?\n(?:\n[^ \n]|$)`).FindString(rest)
	text = text[:strings.LastIndex(strings.TrimRight(text, "\n"), "\n")+1]
	for i := 0; i < len(replace); i += 2 {
		if !strings.Contains(text, replace[i]) {
			t.Fatalf("the example after %q has no %q:\n%s", after, replace[i], text)
		}
		text = strings.ReplaceAll(text, replace[i], replace[i+1])
	}
	return text
}

// installed skips the test where a program is not.
func installed(t *testing.T, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skipf("there is no %s on this machine", names[0])
	return ""
}

// A proxy is one that runs, and the address where it listens.
type proxy struct {
	address string
	client  *nethttp.Client
}

// listen opens a socket on a free port.
func listen(t *testing.T) (address string, file *os.File) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	file, err = l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	return l.Addr().String(), file
}

// wantFolder checks that the folder of the picture is served at an address.
func (p *proxy) wantFolder(t *testing.T, url string) {
	t.Helper()
	picture, err := os.ReadFile(filepath.Join(root, "testdata", "galaxy.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		method, path, field string
		status              int
		body                string
	}{
		{"GET", "/galaxy.jpg", "", 200, string(picture)},
		{"GET", "/galaxy.jpg", "Range: bytes=1000-1999", 206, string(picture[1000:2000])},
		{"HEAD", "/galaxy.jpg", "", 200, ""},
		{"GET", "/", "", 200, `<a href="./galaxy.jpg">galaxy.jpg</a>`},
		{"GET", "/e2e", "", 301, ""},
		{"GET", "/missing", "", 404, "no such file here"},
		{"POST", "/galaxy.jpg", "", 405, "use GET or HEAD"},
	} {
		r, err := nethttp.NewRequest(test.method, url+test.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if name, value, ok := strings.Cut(test.field, ": "); ok {
			r.Header.Set(name, value)
		}
		reply, err := p.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(reply.Body)
		reply.Body.Close()
		if reply.StatusCode != test.status || err != nil || !strings.Contains(string(body), test.body) {
			t.Errorf("%s %s: %s, %d bytes, %v", test.method, test.path, reply.Status, len(body), err)
		}
	}
}

// newClient is a client that connects to one address whatever the name.
func newClient(address string, roots *x509.CertPool) *nethttp.Client {
	dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}
	return &nethttp.Client{
		Timeout:       time.Minute,
		Transport:     &nethttp.Transport{DialContext: dial, TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true},
		CheckRedirect: func(*nethttp.Request, []*nethttp.Request) error { return nethttp.ErrUseLastResponse },
	}
}

// TestCaddy has Caddy speak TLS in front, configured as DEPLOY.md says; only
// that it need not get a certificate.
func TestCaddy(t *testing.T) {
	caddy := installed(t, "caddy")
	p := serve(t, filepath.Join(root, "testdata"), "-files", "-allow-host", "example.org")
	dir := t.TempDir()
	roots := certificate(t, dir)
	address, socket := listen(t)
	socket.Close() // Caddy opens its own
	_, port, _ := net.SplitHostPort(address)
	config := "{\n admin off\n auto_https disable_redirects\n}\n" +
		configuration(t, "Caddy's whole configuration is", "example.org", "https://example.org:"+port+" {\ntls "+filepath.Join(dir, "cert.pem")+" "+filepath.Join(dir, "key.pem"), "localhost:8000", "localhost:"+p.port) + "\n}\n"
	name := filepath.Join(dir, "Caddyfile")
	if err := os.WriteFile(name, []byte(config), 0o666); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(caddy, "run", "--config", name, "--adapter", "caddyfile")
	c.Env = append(os.Environ(), "HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir)
	log, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Process.Kill(); c.Wait() })
	lines, said := bufio.NewScanner(log), ""
	for !strings.Contains(said, "serving initial configuration") {
		if !lines.Scan() {
			t.Fatalf("Caddy said\n%s", said)
		}
		said += lines.Text() + "\n"
	}
	go io.Copy(io.Discard, log)
	proxy := &proxy{address, newClient(address, roots)}
	proxy.wantFolder(t, "https://example.org:"+port)
}

// TestNginx has nginx speak TLS in front, configured as DEPLOY.md says.
func TestNginx(t *testing.T) {
	nginx := installed(t, "nginx", "/usr/sbin/nginx")
	p := serve(t, filepath.Join(root, "testdata"), "-files")
	dir := t.TempDir()
	roots := certificate(t, dir)
	address, socket := listen(t)
	socket.Close() // nginx opens its own
	config := "pid " + dir + "/pid;\nevents {}\nhttp {\naccess_log off;\n" +
		"client_body_temp_path " + dir + "; proxy_temp_path " + dir + "; fastcgi_temp_path " + dir + "; uwsgi_temp_path " + dir + "; scgi_temp_path " + dir + ";\n" +
		"server {\nssl_certificate " + dir + "/cert.pem;\nssl_certificate_key " + dir + "/key.pem;\n" +
		configuration(t, "or nginx, with two lines in the `server` block that has your certificate:", "443", address, "localhost:8000", "localhost:"+p.port) +
		"}\n}\n"
	name := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(name, []byte(config), 0o666); err != nil {
		t.Fatal(err)
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	command := func(args ...string) *exec.Cmd {
		c := exec.Command(nginx, append([]string{"-p", dir, "-e", log.Name(), "-c", name}, args...)...)
		c.Stderr = log
		return c
	}
	if err := command().Run(); err != nil { // it goes to the background when it listens
		said, _ := os.ReadFile(log.Name())
		t.Fatalf("nginx: %v\n%s", err, said)
	}
	t.Cleanup(func() {
		if err := command("-s", "stop").Run(); err != nil {
			t.Error(err)
		}
	})
	proxy := &proxy{address, newClient(address, roots)}
	proxy.wantFolder(t, "https://example.org")
}

// TestHAProxy spreads requests over two programs, configured as DEPLOY.md says,
// and each of them gets some.
func TestHAProxy(t *testing.T) {
	haproxy := installed(t, "haproxy", "/usr/sbin/haproxy")
	folder := filepath.Join(root, "testdata")
	a := serve(t, folder, "-files", "-allow-host", "example.org")
	b := serve(t, folder, "-files", "-allow-host", "example.org")
	address, socket := listen(t)
	config := configuration(t, "processor. HAProxy spreads requests over several processes or machines:",
		":80\n", "fd@3\n", "localhost:8001", "localhost:"+a.port, "localhost:8002", "localhost:"+b.port)
	name := filepath.Join(t.TempDir(), "haproxy.cfg")
	if err := os.WriteFile(name, []byte(config), 0o666); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(haproxy, "-db", "-f", name)
	c.ExtraFiles = []*os.File{socket} // its file 3, whose clients are served when it is ready
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	socket.Close()
	t.Cleanup(func() { c.Process.Kill(); c.Wait() })
	proxy := &proxy{address, newClient(address, nil)}
	proxy.wantFolder(t, "http://example.org")
	proxy.wantFolder(t, "http://example.org")
	for _, p := range []*served{a, b} {
		p.end(t)
		if n := strings.Count(p.log.String(), "FILESERVER: LUN "); n < 5 {
			t.Errorf("one of the two has answered %d requests of 14:\n%s", n, &p.log)
		}
	}
}

// certificate makes one for example.org, and its key, in dir.
func certificate(t *testing.T, dir string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"example.org"}, NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyBytes, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})
	for name, data := range map[string][]byte{"cert.pem": certPEM, "key.pem": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyBytes})} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(certPEM)
	return roots
}
