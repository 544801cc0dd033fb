package watch

import (
	"bufio"
	"io"
	"io/fs"
	"strconv"
	"strings"
)

// A kernel is what waits for the server in the kernel: what a paused server does
// not look at.
type kernel struct {
	Clients int   `json:"clients"` // that have connected and are not accepted
	Unread  int64 `json:"unread"`  // bytes that clients have sent
	Unsent  int64 `json:"unsent"`  // bytes that clients have not taken
}

// inKernel reads Linux's tables of connections, which are in the folder /proc/net.
// It returns nil where there are none.
func inKernel(folder fs.FS, port int) (k *kernel) {
	for _, name := range []string{"tcp", "tcp6"} {
		f, err := folder.Open(name)
		if err != nil {
			continue
		}
		if k == nil {
			k = &kernel{}
		}
		k.add(io.LimitReader(f, 1<<20), port)
		f.Close()
	}
	return k
}

const listening = "0A"

// add adds what a table (proc_net_tcp(5)) tells of a port. A listening socket's
// queue holds clients.
func (k *kernel) add(table io.Reader, port int) {
	for lines := bufio.NewScanner(table); lines.Scan(); {
		f := strings.Fields(lines.Text()) // number, local and remote address, state, queues
		if len(f) < 5 {
			continue
		}
		_, local, _ := strings.Cut(f[1], ":")
		if p, _ := strconv.ParseUint(local, 16, 16); int(p) != port { // 0 in the line of titles
			continue
		}
		out, in, _ := strings.Cut(f[4], ":")
		unsent, _ := strconv.ParseInt(out, 16, 64)
		unread, _ := strconv.ParseInt(in, 16, 64)
		switch f[3] {
		case listening:
			k.Clients += int(unread)
		default:
			k.Unread += unread
			k.Unsent += unsent
		}
	}
}
