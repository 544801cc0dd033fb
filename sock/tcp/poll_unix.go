//go:build (linux || freebsd || darwin) && !deadline

package tcp

import (
	"os"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"

	"sockhttp/sock"
)

// A pollFD is what poll(2) is asked of one descriptor, and what it answers.
type pollFD struct {
	fd              int32
	events, revents int16
}

const (
	pollIn  = 0x1
	pollOut = 0x4
)

// short is a wait of which the scheduler is not told. To be told, it wakes
// a thread that sees to those who could run meanwhile, which costs more than
// the wait. It can still interrupt a wait if it must.
//
// But if the program has a single processor (GOMAXPROCS), nobody else runs
// meanwhile, and what has come on other sockets is found after 10 ms. So there
// only the first part of a short wait is of that kind. For the rest the
// scheduler has the processor, and what comes may be found 1 ms later.
const (
	short     = 2 * time.Millisecond
	firstPart = 100 * time.Microsecond
)

// An alarm can end a wait in poll(2), from any goroutine: a pipe, in whose list of
// descriptors its reading end is.
type alarm struct {
	read, write *os.File
	fd          int32       // of read
	waiting     atomic.Bool // a wait has begun that a byte in the pipe would end
	rung        atomic.Bool // the wait is to end, or the next
}

func newAlarm() (*alarm, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	a := &alarm{read: read, write: write}
	fd, err := descriptor(read)
	if err != nil {
		a.close()
		return nil, err
	}
	a.fd = int32(fd)
	return a, nil
}

func (a *alarm) close() {
	a.read.Close()
	a.write.Close()
}

func (a *alarm) ring() {
	a.rung.Store(true)
	if a.waiting.Load() {
		a.write.Write([]byte{0})
	}
}

// poll asks of fds, the first of which it makes the alarm's. If there is nothing,
// it waits for up to wait, or until the alarm rings. It fails if the system
// does not take so many.
func (a *alarm) poll(fds []pollFD, wait time.Duration) error {
	if wait <= 0 {
		_, err := pollShortly(fds[1:], 0)
		return err
	}
	single := runtime.GOMAXPROCS(0) == 1
	for end, first := time.Now().Add(wait), true; wait > 0; wait, first = time.Until(end), false {
		fds[0] = pollFD{fd: a.fd, events: pollIn}
		a.waiting.Store(true)
		call := pollShortly
		switch {
		case a.rung.Load():
			wait = 0
		case wait > short:
			call = poll
		case single && !first:
			time.Sleep(wait)
			wait = 0
		case single:
			wait = min(wait, firstPart)
			fallthrough
		default:
			runtime.Gosched() // for the last time before the wait
		}
		n, err := call(fds, wait)
		a.waiting.Store(false)
		if fds[0].revents != 0 {
			var b [64]byte
			syscall.Read(int(a.fd), b[:])
			n--
		}
		if rung := a.rung.Swap(false); rung || n > 0 || err != nil && err != syscall.EINTR {
			return err
		}
		// The short wait is over, or a signal has ended it, or an alarm that rang
		// for the wait before.
	}
	return nil
}

// PollList asks with one poll(2).
func (l *rawListener) PollList(list []sock.Asked, wait time.Duration) (waiting bool) {
	fds := append(l.fds[:0], pollFD{}, pollFD{fd: int32(l.fd), events: pollIn})
	for _, a := range list {
		fd := pollFD{fd: a.Conn.(*rawConn).fd}
		if a.Input {
			fd.events |= pollIn
		}
		if a.Output {
			fd.events |= pollOut
		}
		fds = append(fds, fd)
	}
	l.fds = fds
	err := l.alarm.poll(fds, wait)
	for i := range list {
		list[i].Ready = fds[i+2].revents != 0 || err != nil // then each is to be asked by itself
		if list[i].Ready {
			list[i].Conn.(*rawConn).quiet.heard = true
		}
	}
	return fds[1].revents != 0 || err != nil
}

func polled(r uintptr, errno syscall.Errno) (n int, err error) {
	if errno != 0 {
		return 0, errno
	}
	return int(r), nil
}
