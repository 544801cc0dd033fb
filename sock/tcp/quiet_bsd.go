//go:build (freebsd || darwin) && !deadline

package tcp

import "syscall"

func newQuietList() (fd int, err error) {
	fd, err = syscall.Kqueue()
	if err == nil {
		syscall.CloseOnExec(fd)
	}
	return fd, err
}

// add has the system note when the socket fd is sent something, once each time.
func (l *quietList) add(fd int32) error {
	var event syscall.Kevent_t
	syscall.SetKevent(&event, int(fd), syscall.EVFILT_READ, syscall.EV_ADD|syscall.EV_CLEAR)
	_, err := syscall.Kevent(l.fd, []syscall.Kevent_t{event}, nil, nil)
	return err
}

// heard fills fds with the sockets that were sent something, and returns how many
// they are: fewer than there is room for, if these are all.
func (l *quietList) heard(fds []int32) (int, error) {
	var events [128]syscall.Kevent_t
	n, err := syscall.Kevent(l.fd, nil, events[:min(len(events), len(fds))], &syscall.Timespec{})
	if err != nil {
		return 0, err
	}
	for i, event := range events[:n] {
		fds[i] = int32(event.Ident)
	}
	return n, nil
}
