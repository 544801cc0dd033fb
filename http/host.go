package http

import (
	"fmt"
	"net"
	nethttp "net/http"
	"strings"

	"sockhttp/http/internal/header"
)

// CheckHost returns the refusal, a *[StatusError], of a request with this Host,
// unless allow reports that it is for this server. Nil allows all.
func CheckHost(allow func(host string) bool, host string) error {
	if allow == nil || header.ValidHost(host) && allow(host) {
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
		allowed[header.HostName(name)] = true
	}
	return func(host string) bool {
		host = header.HostName(host)
		inLocalhost := strings.HasSuffix(host, ".localhost") && !strings.ContainsAny(host, "[]:;,@")
		return allowed[host] || inLocalhost || net.ParseIP(host).IsLoopback()
	}
}
