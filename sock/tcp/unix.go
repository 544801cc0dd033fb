//go:build (linux || freebsd || darwin) && !deadline

package tcp

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"strconv"
	"syscall"
	"time"

	"sockhttp/sock"
)

// Polling on unix: a system call on a socket that never blocks. A wait goes
// through the runtime's poller, which knows a socket only once it was waited
// for, so that a client whose request has arrived costs the poller nothing.

// rawListener is a listening socket.
type rawListener struct {
	file  *os.File
	fd    int
	addr  net.Addr
	alarm *alarm
	fds   []pollFD // for each poll anew
	quiet quietList
}

// takeOver takes over the socket of a listener or a connection, which it closes.
func takeOver(socket interface {
	File() (*os.File, error)
	Close() error
}) (file *os.File, fd int, err error) {
	defer socket.Close()
	if file, err = socket.File(); err != nil {
		return nil, 0, err
	}
	if fd, err = descriptor(file); err != nil {
		file.Close()
	}
	return file, fd, err
}

// newListener takes over the socket of l.
func newListener(l *net.TCPListener) (sock.Listener, error) {
	file, fd, err := takeOver(l)
	if err != nil {
		return nil, err
	}
	// Accepted sockets inherit this.
	if err := os.NewSyscallError("setsockopt", syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1)); err != nil {
		file.Close()
		return nil, err
	}
	alarm, err := newAlarm()
	if err != nil {
		file.Close()
		return nil, err
	}
	quiet, err := newQuietList()
	if err != nil {
		alarm.close()
		file.Close()
		return nil, os.NewSyscallError("epoll_create or kqueue", err)
	}
	began := time.Now()
	now := func() time.Duration { return time.Since(began) }
	return &rawListener{file: file, fd: fd, addr: l.Addr(), alarm: alarm, quiet: quietList{fd: quiet, now: now}}, nil
}

func (l *rawListener) Addr() net.Addr { return l.addr }
func (l *rawListener) Close() error {
	l.fd = -1 // the number may soon be another socket's
	l.alarm.close()
	l.quiet.close()
	return l.file.Close()
}

func (l *rawListener) Interrupt() { l.alarm.ring() }

func (l *rawListener) Accept(wait time.Duration) (sock.Conn, error) {
	fd, from, err := accept(l.fd)
	if err == syscall.EAGAIN && wait > 0 {
		l.PollList(nil, wait)
		fd, from, err = accept(l.fd)
	}
	switch err {
	case nil:
		return &rawConn{quiet: quiet{fd: int32(fd), list: &l.quiet}, remote: from}, nil
	case syscall.EAGAIN, syscall.ECONNABORTED:
		return nil, os.ErrDeadlineExceeded // the one waiting has left
	default:
		return nil, os.NewSyscallError("accept", err)
	}
}

// newConn takes over the socket of c.
func newConn(c *net.TCPConn) (sock.Conn, error) {
	file, fd, err := takeOver(c)
	if err != nil {
		return nil, err
	}
	from, err := syscall.Getpeername(fd)
	if err != nil {
		file.Close()
		return nil, os.NewSyscallError("getpeername", err)
	}
	return &rawConn{quiet: quiet{fd: int32(fd)}, file: file, remote: addressOf(from)}, nil
}

// rawConn is a client's socket, or a server's.
type rawConn struct {
	quiet
	file   *os.File // the same socket, once it was waited for
	remote address
}

func (c *rawConn) Read(p []byte, wait time.Duration) (int, error) {
	if wait == 0 && c.quiet.isSilent() {
		return 0, os.ErrDeadlineExceeded
	}
	n, err := retry(func() (int, error) { return read(int(c.fd), p) })
	if err == syscall.EAGAIN {
		c.foundNothing()
	} else {
		c.quiet.polls = 0
	}
	if err == syscall.EAGAIN && wait > 0 {
		if c.file == nil {
			c.file = os.NewFile(uintptr(c.fd), "client")
		}
		waitErr := waitToRead(c.file, wait, func() bool {
			n, err = retry(func() (int, error) { return read(int(c.fd), p) })
			return err != syscall.EAGAIN
		})
		if waitErr != nil {
			return 0, waitErr
		}
		c.quiet.heard, c.quiet.polls = true, 0
	}
	switch {
	case err == syscall.EAGAIN:
		return 0, os.ErrDeadlineExceeded
	case err != nil:
		return 0, os.NewSyscallError("read", err)
	case n == 0 && len(p) > 0:
		return 0, io.EOF
	}
	return n, nil
}

func (c *rawConn) Write(p []byte) (int, error) { return c.send(p, write) }

// WriteMore is Write when more follows at once. What it sends may wait for that.
func (c *rawConn) WriteMore(p []byte) (int, error) { return c.send(p, writeMore) }

func (c *rawConn) send(p []byte, call func(fd int, p []byte) (int, error)) (int, error) {
	n, err := retry(func() (int, error) { return call(int(c.fd), p) })
	if err == syscall.EAGAIN {
		return 0, nil
	}
	return max(n, 0), os.NewSyscallError("write", err)
}

func (c *rawConn) SendFile(file *os.File, offset, n int64) (int64, error) {
	from, err := descriptor(file)
	if err != nil {
		return 0, err
	}
	m, err := retry(func() (int, error) { return sendFile(int(c.fd), from, offset, n) })
	switch {
	case m > 0 || err == syscall.EAGAIN:
		return int64(max(m, 0)), nil
	case err == nil:
		return 0, io.ErrUnexpectedEOF
	case err == syscall.EINVAL || err == syscall.ENOSYS || err == syscall.EOPNOTSUPP || err == syscall.ENOTSUP:
		// Not every kind of file system can do this.
		p, err := filePiece(file, offset, n)
		if err != nil {
			return 0, err
		}
		m, err := c.Write(p)
		return int64(m), err
	}
	return 0, os.NewSyscallError("sendfile", err)
}

func (c *rawConn) CloseWrite() error {
	return os.NewSyscallError("shutdown", syscall.Shutdown(int(c.fd), syscall.SHUT_WR))
}

func (c *rawConn) Close() error {
	c.leave()
	if c.file != nil {
		return c.file.Close()
	}
	return os.NewSyscallError("close", syscall.Close(int(c.fd)))
}

func (c *rawConn) RemoteAddr() net.Addr { return (*remoteAddr)(c) }

// A remoteAddr is a connection as its client's address, which hardly anybody asks
// for, so that nothing else is kept for it. Any goroutine may ask.
type remoteAddr rawConn

func (a *remoteAddr) Network() string { return "tcp" }
func (a *remoteAddr) String() string  { return a.TCPAddr().String() }

// TCPAddr is the address as package net has it.
func (a *remoteAddr) TCPAddr() *net.TCPAddr {
	ip := a.remote.ip[:]
	if a.remote.is4 {
		ip = ip[12:]
	}
	return &net.TCPAddr{IP: bytes.Clone(ip), Port: int(a.remote.port), Zone: zone(a.remote.zone)}
}

// An address is a client's. It takes less memory than a [syscall.Sockaddr].
type address struct {
	ip   [16]byte
	zone uint32 // the index of an interface, or 0
	port uint16
	is4  bool // the socket is one of IPv4
}

func addressOf(from syscall.Sockaddr) address {
	switch from := from.(type) {
	case *syscall.SockaddrInet4:
		return addressOf4(from.Addr, uint16(from.Port))
	case *syscall.SockaddrInet6:
		return address{ip: from.Addr, port: uint16(from.Port), zone: from.ZoneId}
	}
	return address{}
}

func addressOf4(ip [4]byte, port uint16) address {
	return address{ip: netip.AddrFrom4(ip).As16(), port: port, is4: true}
}

// zone names the interface that a link-local address belongs to (RFC 4007,
// section 11).
func zone(index uint32) string {
	if index == 0 {
		return ""
	}
	if i, err := net.InterfaceByIndex(int(index)); err == nil {
		return i.Name
	}
	return strconv.FormatUint(uint64(index), 10)
}

// waitToRead calls try whenever file may have become readable, until try
// reports that it is done or wait is over.
func waitToRead(file *os.File, wait time.Duration, try func() bool) error {
	if err := file.SetReadDeadline(time.Now().Add(wait)); err != nil {
		return err
	}
	raw, err := file.SyscallConn()
	if err != nil {
		return err
	}
	err = raw.Read(func(uintptr) bool { return try() })
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return os.ErrDeadlineExceeded
	}
	return err
}

// descriptor is file's, which stays file's to close.
func descriptor(file *os.File) (fd int, err error) {
	raw, err := file.SyscallConn()
	if err != nil {
		return 0, err
	}
	err = raw.Control(func(f uintptr) { fd = int(f) })
	return fd, err
}

// retry makes a call again for as long as a signal interrupts it before it has
// done anything.
func retry(call func() (int, error)) (n int, err error) {
	for {
		if n, err = call(); err != syscall.EINTR || n > 0 {
			return n, err
		}
	}
}
