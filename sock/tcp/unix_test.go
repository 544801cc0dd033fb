//go:build (linux || freebsd || darwin) && !deadline

package tcp

import (
	"fmt"
	"net"
	"syscall"
	"testing"

	"sockhttp/sock"
)

// A listener's TCP_NODELAY is inherited by the sockets that it accepts. The
// system does not probe any. And the collector must not close what connects: a
// socket belongs to a file, and the file to the connection.
func TestSockets(t *testing.T) {
	l, err := Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	conn, _ := connect(t, l)
	defer conn.Close()
	for what, c := range map[string]sock.Conn{"an accepted socket": conn, "a connected socket": dialTo(t, l)} {
		c := c.(*rawConn)
		value, err := syscall.GetsockoptInt(int(c.fd), syscall.IPPROTO_TCP, syscall.TCP_NODELAY)
		if value == 0 || err != nil {
			t.Errorf("TCP_NODELAY of %s: %d, %v", what, value, err)
		}
		value, err = syscall.GetsockoptInt(int(c.fd), syscall.SOL_SOCKET, syscall.SO_KEEPALIVE)
		if value != 0 || err != nil {
			t.Errorf("SO_KEEPALIVE of %s: %d, %v", what, value, err)
		}
		if connected := c != conn; connected != (c.file != nil) {
			t.Errorf("%s has a file: %t", what, c.file != nil)
		}
	}
}

// dialTo returns a client's end of a new connection.
func dialTo(t *testing.T, l sock.Listener) sock.Conn {
	t.Helper()
	conn, err := Dial(l.Addr().String()).Dial(long)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// A link-local address is none without its interface.
func TestRemoteAddr(t *testing.T) {
	interfaces, err := net.Interfaces()
	if err != nil || len(interfaces) == 0 {
		t.Skipf("no interface here: %v", err)
	}
	local := [16]byte{0: 0xfe, 1: 0x80, 15: 1}
	for _, test := range []struct {
		from syscall.Sockaddr
		want string
	}{
		{&syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}, Port: 80}, "127.0.0.1:80"},
		{&syscall.SockaddrInet6{Addr: [16]byte{15: 1}, Port: 80}, "[::1]:80"},
		{&syscall.SockaddrInet6{Addr: local, Port: 80, ZoneId: uint32(interfaces[0].Index)}, "[fe80::1%" + interfaces[0].Name + "]:80"},
		{&syscall.SockaddrInet6{Addr: local, Port: 80, ZoneId: 1 << 30}, "[fe80::1%1073741824]:80"},
	} {
		if got := (&rawConn{remote: addressOf(test.from)}).RemoteAddr(); got.String() != test.want || got.Network() != "tcp" {
			t.Errorf("%s, want %s", got, test.want)
		}
	}
}

// The address with which a client is accepted is the one that its socket has.
func TestAcceptedAddress(t *testing.T) {
	hosts := []string{"127.0.0.1", "[::1]"}
	if zoned := linkLocal(); zoned != "" {
		hosts = append(hosts, zoned)
	}
	for _, host := range hosts {
		for _, all := range []bool{false, true} {
			listen := host
			if all {
				listen = ""
			}
			l, err := Listen(listen + ":0")
			if err != nil {
				t.Logf("%s: %v", host, err) // no IPv6 here, say
				break
			}
			defer l.Close()
			client, err := net.Dial("tcp", fmt.Sprint(host, ":", l.Addr().(*net.TCPAddr).Port))
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			c, err := l.Accept(long)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			got, want := c.RemoteAddr().(*remoteAddr).TCPAddr(), client.LocalAddr().(*net.TCPAddr)
			if got.String() != want.String() || !all && got.AddrPort() != want.AddrPort() {
				t.Errorf("on %q: %v, want %v", listen, got.AddrPort(), want.AddrPort())
			}
		}
	}
}

// linkLocal is a link-local address of this machine, if it has one.
func linkLocal() string {
	interfaces, _ := net.Interfaces()
	for _, i := range interfaces {
		addrs, _ := i.Addrs()
		for _, a := range addrs {
			if ip, ok := a.(*net.IPNet); ok && ip.IP.IsLinkLocalUnicast() && ip.IP.To4() == nil {
				return "[" + ip.IP.String() + "%" + i.Name + "]"
			}
		}
	}
	return ""
}
