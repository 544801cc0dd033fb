package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"net"
	"strings"
	"time"

	"sockhttp/cmd/command"
)

// validity is how long a certificate that is made for one run is valid. Some
// clients refuse those that are valid for more than 825 days.
const validity = 365 * 24 * time.Hour

// certificate returns the certificate of -cert, or makes one for this run and
// returns its fingerprint, too.
func (o *options) certificate() (c tls.Certificate, fingerprint string, err error) {
	if o.certFile == "" {
		c, err = makeCertificate(o.names())
		if err != nil {
			return c, "", fmt.Errorf("cannot make a certificate: %w; give one with -cert and -key", err)
		}
		return c, fingerprintOf(c.Certificate[0]), nil
	}
	c, err = tls.LoadX509KeyPair(o.certFile, o.keyFile)
	if err != nil {
		return c, "", fmt.Errorf("cannot use the certificate %q with the key %q: %w; give two PEM files that belong together, or leave -cert and -key out for a certificate that is made for this run", o.certFile, o.keyFile, err)
	}
	return c, "", nil
}

// names are the names and addresses that the server goes by.
func (o *options) names() []string {
	names := append([]string{"localhost", "127.0.0.1", "::1", command.Here(o.Host)}, o.hostNames()...)
	if host := command.Elsewhere(o.Host); host != "" {
		names = append(names, host)
	}
	return names
}

// makeCertificate makes a certificate for names and addresses, which is signed by
// its own key.
func makeCertificate(names []string) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	now := time.Now()
	template := &x509.Certificate{ // CreateCertificate draws a serial number
		Subject:     pkix.Name{CommonName: program},
		NotBefore:   now.Add(-time.Hour), // the client's clock may be behind
		NotAfter:    now.Add(validity),
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, strings.TrimSuffix(name, "."))
		}
	}
	data, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	return tls.Certificate{Certificate: [][]byte{data}, PrivateKey: key}, err
}

// fingerprintOf is the SHA-256 fingerprint of a certificate as browsers show it:
// bytes like 0A, with colons between them.
func fingerprintOf(certificate []byte) string {
	sum := sha256.Sum256(certificate)
	return strings.ReplaceAll(fmt.Sprintf("% X", sum[:]), " ", ":")
}
