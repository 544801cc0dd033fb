package handler

import (
	"bytes"
	"hash/maphash"
	"io/fs"
	nethttp "net/http"
	"os"
	"slices"
	"time"

	"sockhttp/sock"
)

// Replies are those of a FileServer to requests that come again and again. Who
// sends the same header, byte for byte, gets the same reply with a new Date,
// for as long as the files that it was made from are the same. To find that out
// takes one system call for a file at the root, where to make the reply takes
// eight, and to read the request most of the memory. A large file is not kept but
// opened for each who gets it.
//
// A file is the same if its number, size, times and permissions are. Two writes
// in quick succession may leave it with one time. So a reply is kept only if its
// files had not changed for a while when it was made. (A program that has a file
// mapped into its memory may change it without changing its time, for up to half
// a minute on Linux, and until then others may get what was there.)
type replies struct {
	of    map[string]*keptReply // by the header of the request
	order []string              // the headers, oldest first
	bytes int                   // of all that is kept, about

	settled time.Duration // how long a file must not have changed, by the system's clock, which files have their times from

	seed maphash.Seed
	seen [1024]uint64 // hashes of headers that came lately: a reply is kept when it is asked for a second time
}

const (
	maxReplies    = 8 << 20         // bytes that are kept
	maxKeptHeader = 4 << 10         // bytes of a request whose reply is kept
	maxKeptBody   = 64 << 10        // bytes of the body of such a reply, unless it is sent from its file
	keptOverhead  = 1 << 10         // bytes that one takes beside header, head and body
	settled       = 2 * time.Second // the coarsest time of a file, that of FAT
)

// A keptReply is one reply, and what it depends on.
type keptReply struct {
	sources   []source
	host      string // that was asked for
	words     []string
	status    string
	head      []byte // up to and with its empty line
	date      []byte // of the head, the value of Date
	dated     int64  // the second that it tells, since 1970
	body      []byte
	part      filePart // in place of a body: what is sent of the last source; its file is not open
	keepAlive bool     // the connection is kept
}

// A source is a file or a directory that a reply was made from.
type source struct {
	name string // in the tree
	info fs.FileInfo
}

func newReplies() *replies {
	return &replies{of: map[string]*keptReply{}, settled: settled, seed: maphash.MakeSeed()}
}

// find returns the reply to the request that input begins with, and the length
// of that; nil if none is kept.
func (rs *replies) find(input []byte) (k *keptReply, length int) {
	if len(rs.of) == 0 {
		return nil, 0
	}
	const end = "\r\n\r\n"
	before, _, ended := bytes.Cut(input, []byte(end))
	if !ended {
		return nil, 0
	}
	length = len(before) + len(end)
	return rs.of[string(input[:length])], length
}

// open reports whether the sources are the same as they were, and opens the last, if
// the body is not kept but sent from there.
func (k *keptReply) open(t tree) (file *os.File, ok bool) {
	for _, s := range k.sources {
		if info, err := t.stat(s.name); err != nil || !isSame(info, s.info) {
			return nil, false
		}
	}
	if k.part.size == 0 {
		return nil, true
	}
	last := k.sources[len(k.sources)-1]
	file, info, refused := t.open(last.name)
	if refused != nil {
		return nil, false
	}
	if !isSame(info, last.info) {
		file.Close()
		return nil, false
	}
	return file, true
}

func isSame(a, b fs.FileInfo) bool {
	ac, ok := changeTime(a)
	bc, ok2 := changeTime(b)
	return ok && ok2 && ac.Equal(bc) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size() && a.Mode() == b.Mode() && os.SameFile(a, b)
}

// isWorthKeeping reports whether this header came before, lately.
func (rs *replies) isWorthKeeping(header []byte) bool {
	if len(header) > maxKeptHeader {
		return false
	}
	hash := maphash.Bytes(rs.seed, header)
	before := &rs.seen[hash%uint64(len(rs.seen))]
	seen := *before == hash
	*before = hash
	return seen
}

// keep keeps w, the reply to a request with this header, unless its files have
// changed lately. The head is as it was sent, now by the queue's clock.
func (rs *replies) keep(header []byte, w *response, head []byte, keepAlive bool, now time.Time) {
	clock := time.Now()
	for _, s := range w.sources {
		if at, ok := changeTime(s.info); !ok || clock.Sub(at) < rs.settled {
			return
		}
	}
	k := &keptReply{
		sources: w.sources, host: w.request.Host,
		words:  []string{w.request.Method, w.request.RequestURI, w.request.Proto},
		status: statusText(w.status), head: bytes.Clone(head), dated: now.Unix(), keepAlive: keepAlive,
	}
	_, fromDate, _ := bytes.Cut(k.head, []byte("\r\nDate: "))
	k.date = fromDate[:len(nethttp.TimeFormat)]
	switch before := int64(len(w.body)); {
	case w.isHead():
	case w.file.size > 0: // the body before it is from the same file
		k.part = filePart{offset: w.file.offset - before, size: before + w.file.size}
	default:
		k.body = bytes.Clone(w.body)
	}
	key := string(header)
	if old := rs.of[key]; old != nil {
		rs.bytes -= old.size(key)
	} else {
		rs.order = append(rs.order, key)
	}
	rs.of[key] = k
	for rs.bytes += k.size(key); rs.bytes > maxReplies; rs.order = rs.order[1:] {
		oldest := rs.order[0]
		rs.bytes -= rs.of[oldest].size(oldest)
		delete(rs.of, oldest)
	}
}

// size is how many bytes it takes to keep the reply to a header.
func (k *keptReply) size(header string) int {
	return 2*len(header) + len(k.head) + len(k.body) + keptOverhead
}

// send queues the reply for one more client. The file is the one that its body is
// sent from, or nil.
func (k *keptReply) send(client *sock.Unit, file *os.File) {
	if now := client.Now().UTC(); now.Unix() != k.dated {
		now.AppendFormat(k.date[:0], nethttp.TimeFormat)
		k.dated = now.Unix()
	}
	client.Note(k.status)
	client.Write(k.head)
	if file == nil {
		client.SendBytes(k.body)
	} else {
		client.SendFile(file, k.part.offset, k.part.size)
	}
}

// repeat answers a request that is like one before with the same reply, and
// reports whether it did.
func (a *adapter) repeat(client *sock.Unit) (did bool) {
	k, length := a.replies.find(client.Input())
	if k == nil || k.keepAlive && client.MustShare() || k.host != "" && a.AllowHost != nil && !a.AllowHost(k.host) {
		return false
	}
	file, ok := k.open(a.handler.(fileServer).tree)
	if !ok {
		return false
	}
	k.send(client, file)
	if a.Print != nil {
		a.Print(slices.Clone(k.words))
	}
	a.answered(client, length, k.keepAlive)
	return true
}
