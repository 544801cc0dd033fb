package command

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"

	"sockhttp/sock"
	"sockhttp/sock/tcp"
)

// What Windows says for EADDRINUSE and EACCES.
const (
	wsaEADDRINUSE = syscall.Errno(10048)
	wsaEACCES     = syscall.Errno(10013)
)

// Listen listens on a port of a host, which is a name or address of this
// machine. Its errors say what to do.
func Listen(host string, port int) (sock.Listener, error) {
	if _, inHost, err := net.SplitHostPort(host); err == nil && isWhole(inHost) {
		return nil, fmt.Errorf("the host %q has a port in it; give the host alone, and %s as the last argument", host, inHost)
	}
	listener, err := tcp.Listen(net.JoinHostPort(host, strconv.Itoa(port)))
	if err != nil {
		return nil, listenError(host, port, err)
	}
	return listener, nil
}

func listenError(host string, port int, err error) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE), errors.Is(err, wsaEADDRINUSE):
		return fmt.Errorf("port %d is in use by another program; choose another port, or 0 for any free one", port)
	case errors.Is(err, syscall.EACCES), errors.Is(err, wsaEACCES):
		return fmt.Errorf("you are not allowed to listen on port %d; choose a port from 1024 on, or 0 for any free one", port)
	}
	return fmt.Errorf("cannot listen on %s: %w; give -host a name or address of this machine", host, Reason(err))
}

// Port is the TCP port of a listener.
func Port(listener sock.Listener) int {
	if addr, ok := listener.Addr().(*net.TCPAddr); ok {
		return addr.Port
	}
	return 0
}

// Here is the name or address by which programs of this machine reach a server
// that listens on host.
func Here(host string) string {
	if isEvery(host) {
		return "localhost"
	}
	return host
}

// Elsewhere is an address by which other machines reach a server that listens
// on host, where host stands for every address of this machine. It is "" if none
// is known, and if host is a single address or name.
func Elsewhere(host string) string {
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return ""
	}
	return elsewhere(host, addresses)
}

func elsewhere(host string, addresses []net.Addr) string {
	if !isEvery(host) {
		return ""
	}
	for _, a := range addresses {
		network, ok := a.(*net.IPNet)
		if ok && network.IP.IsGlobalUnicast() && (net.ParseIP(host).To4() == nil || network.IP.To4() != nil) {
			return network.IP.String()
		}
	}
	return ""
}

// isEvery reports whether host stands for every address of this machine.
func isEvery(host string) bool {
	ip := net.ParseIP(host)
	return host == "" || ip != nil && ip.IsUnspecified()
}
