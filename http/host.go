package http

import (
	"fmt"
	"net"
	nethttp "net/http"
	"strings"
)

// CheckHost returns the refusal, a *[StatusError], of a request with this Host,
// unless allow reports that it is for this server. Nil allows all.
func CheckHost(allow func(host string) bool, host string) error {
	if allow == nil || validHost(host) && allow(host) {
		return nil
	}
	return &StatusError{nethttp.StatusMisdirectedRequest, fmt.Sprintf("this server does not go by the name %q; start it with -allow-host to add a name", host)}
}

// LocalHost returns a check for [RequestReader].AllowHost that allows localhost
// and what ends in .localhost, loopback addresses, and the names given, with
// any port. A server on a loopback address needs it: a page from elsewhere can
// have its own name resolved to that address, and the browser then lets it read
// what the server has. But its requests have that name for their Host.
func LocalHost(names ...string) func(host string) bool {
	allowed := map[string]bool{"localhost": true}
	for _, name := range names {
		allowed[canonicalHost(name)] = true
	}
	return func(host string) bool {
		host = canonicalHost(host)
		ip := net.ParseIP(host)
		inLocalhost := strings.HasSuffix(host, ".localhost") && !strings.ContainsAny(host, "[]:;,@")
		return allowed[host] || inLocalhost || ip != nil && ip.IsLoopback()
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

// validHost reports whether host has only characters that a Host may have (RFC
// 3986, section 3.2), and its port only digits.
func validHost(host string) bool {
	const digits, letters = "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	address := strings.LastIndexByte(host, ']') + 1 // an IPv6 address has colons of its own
	_, port, _ := strings.Cut(host[address:], ":")
	return strings.Trim(port, digits) == "" && strings.Trim(host, digits+letters+"!$%&'()*+,-.:;=[]_~") == ""
}
