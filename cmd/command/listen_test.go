package command

import (
	"errors"
	"net"
	"os"
	"syscall"
	"testing"
)

func TestTheAddressForOtherMachinesIsTheFirstThatTheyCanReach(t *testing.T) {
	addresses := func(cidrs ...string) (all []net.Addr) {
		for _, cidr := range cidrs {
			ip, network, err := net.ParseCIDR(cidr)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, &net.IPNet{IP: ip, Mask: network.Mask})
		}
		return all
	}
	for _, test := range []struct {
		host string
		have []net.Addr
		want string
	}{
		{"0.0.0.0", addresses("127.0.0.1/8", "169.254.1.1/16", "192.168.1.20/24", "10.0.0.3/8"), "192.168.1.20"},
		{"0.0.0.0", addresses("127.0.0.1/8", "2001:db8::1/64", "192.168.1.20/24"), "192.168.1.20"},
		{"0.0.0.0", addresses("127.0.0.1/8", "2001:db8::1/64"), ""},
		{"::", addresses("::1/128", "fe80::1/64", "2001:db8::1/64"), "2001:db8::1"},
		{"", addresses("::1/128", "192.168.1.20/24"), "192.168.1.20"},
		{"0.0.0.0", nil, ""},
		{"localhost", addresses("192.168.1.20/24"), ""},
		{"192.168.1.20", addresses("10.0.0.3/8"), ""}, // the address given is for all
	} {
		if got := elsewhere(test.host, test.have); got != test.want {
			t.Errorf("on %q of %v, others use %q, want %q", test.host, test.have, got, test.want)
		}
	}
}

// Programs of this machine reach a server by localhost or by the address that it
// listens on, and others by what the system says.
func TestWhereAServerIs(t *testing.T) {
	for host, want := range map[string]string{"": "localhost", "0.0.0.0": "localhost", "::": "localhost", "127.0.0.1": "127.0.0.1", "nas.example": "nas.example"} {
		if got := Here(host); got != want {
			t.Errorf("on %q: %q, want %q", host, got, want)
		}
	}
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		t.Skip(err)
	}
	if got, want := Elsewhere("0.0.0.0"), elsewhere("0.0.0.0", addresses); got != want {
		t.Errorf("from elsewhere: %q, want %q", got, want)
	}
}

// Each system's errors are told in the same words.
func TestListenErrors(t *testing.T) {
	for err, want := range map[error]string{
		syscall.EADDRINUSE: "port 80 is in use by another program; choose another port, or 0 for any free one",
		wsaEADDRINUSE:      "port 80 is in use by another program; choose another port, or 0 for any free one",
		syscall.EACCES:     "you are not allowed to listen on port 80; choose a port from 1024 on, or 0 for any free one",
		wsaEACCES:          "you are not allowed to listen on port 80; choose a port from 1024 on, or 0 for any free one",
		errors.New("odd"):  "cannot listen on here: odd; give -host a name or address of this machine",
	} {
		err := &net.OpError{Op: "listen", Err: os.NewSyscallError("bind", err)}
		if got := listenError("here", 80, err).Error(); got != want {
			t.Errorf("%v is told as %q, want %q", err, got, want)
		}
	}
}
