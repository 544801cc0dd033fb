package http

import (
	"net"
	"strings"
)

// LocalHost returns a check for [RequestReader].AllowHost that allows localhost
// and every name that ends in .localhost, loopback addresses, and the names
// given, each with any port.
//
// A server on a loopback address needs it. A page from elsewhere can have its
// own name resolved to that address (DNS rebinding). For the browser the server
// is then the page's own, and the page may read all that it serves; but the
// Host still has the page's name.
func LocalHost(names ...string) func(host string) bool {
	allowed := map[string]bool{"localhost": true}
	for _, name := range names {
		allowed[canonicalHost(name)] = true
	}
	return func(host string) bool {
		host = canonicalHost(host)
		ip := net.ParseIP(host)
		return allowed[host] || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
	}
}

// canonicalHost is host in lower case, without port, brackets and final dot.
func canonicalHost(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	return strings.TrimSuffix(strings.ToLower(host), ".")
}

// validHost reports whether the value of a Host has only characters that one may
// have (RFC 3986, section 3.2), and digits alone for its port.
func validHost(host string) bool {
	const digits, letters = "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	address := strings.LastIndexByte(host, ']') + 1 // an IPv6 address has colons of its own
	_, port, _ := strings.Cut(host[address:], ":")
	return strings.Trim(port, digits) == "" && strings.Trim(host, digits+letters+"!$%&'()*+,-.:;=[]_~") == ""
}
