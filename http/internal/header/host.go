package header

import (
	"net"
	"strings"
)

// HostName is host in lower case, without port, brackets and final dot.
func HostName(host string) string {
	if strings.Contains(host, ":") {
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	return strings.TrimSuffix(strings.ToLower(host), ".")
}

// ValidHost reports whether host has only characters that a Host may have (RFC
// 3986, section 3.2), and its port only digits.
func ValidHost(host string) bool {
	const digits, letters = "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	address := strings.LastIndexByte(host, ']') + 1 // an IPv6 address has colons of its own
	_, port, _ := strings.Cut(host[address:], ":")
	return strings.Trim(port, digits) == "" && strings.Trim(host, digits+letters+"!$%&'()*+,-.:;=[]_~") == ""
}
