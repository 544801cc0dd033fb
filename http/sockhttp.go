// Package http has routines for package sock that speak HTTP. [Folder.SockHTTP]
// is the post's: it answers GET requests for the files of a folder. [Routine] has
// a handler of net/http answer, such as [FileServer]; [Fetch] is a client's.
package http

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	nethttp "net/http"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"sockhttp/sock"
)

// MaxHeader is the most bytes that the header of a request may have.
const MaxHeader = 16 << 10

// A Folder answers requests for its files. It is made by [NewFolder] or
// [PostedFolder], and belongs to the goroutine of its server's queue.
type Folder struct {
	// Print is called with the words of each request line, as the post
	// prints them. The words are as the client sent them: escape them.
	Print func(request []string)

	// AllowHost reports whether this server goes by the name that a request
	// has in its Host; nil allows any. See [LocalHost]. The post's bytes
	// know no Host.
	AllowHost func(host string) bool

	root    *os.Root
	bytes   dialect
	scratch []byte // for heads
}

// A dialect is one of the two sets of bytes.
type dialect interface {
	// parse checks a request, of which it gets the header and the words of
	// its first line, and returns the name of the file that it asks for.
	// Its errors are refusals.
	parse(header []byte, request []string) (name string, err error)

	// head appends the head of a reply to b, and what body it has without
	// a file.
	head(b []byte, r reply, now time.Time) []byte
}

// NewFolder returns a folder that answers in HTTP/1.1 (RFC 9112).
func NewFolder(root *os.Root) *Folder {
	f := &Folder{root: root}
	f.bytes = &http11{folder: f}
	return f
}

// PostedFolder returns a folder that answers in the bytes of the post, to the
// letter: after 400 and 404 comes no blank line, and a file's name is taken as
// it was sent, with a period before it.
func PostedFolder(root *os.Root) *Folder {
	return &Folder{root: root, bytes: posted{}}
}

// SockHTTP is the post's: it answers the client's request and frees its unit.
// Only files of the folder are ever opened, whatever the request says, and of
// those only regular ones that are not empty, as in the post.
func (f *Folder) SockHTTP(client *sock.Unit) {
	// (1) Read HTTP header.
	header, err := readHeader(client)
	if err != nil {
		f.bail(client, err)
		return
	}
	if header == nil {
		return // the rest of it comes with a later callback
	}

	// (2) Bail if not GET.
	request := splitRequest(header)
	if f.Print != nil {
		f.Print(request)
	}
	name, err := f.bytes.parse(header, request)
	if err != nil {
		f.bail(client, err)
		return
	}

	// (3) Check if the requested file exists in the folder and get its
	// size. Bail if not found.
	file, size, err := f.open(name)
	if err != nil {
		f.bail(client, err)
		return
	}

	// (4) Send the requested file.
	f.reply(client, reply{status: nethttp.StatusOK, size: size, file: file})
	client.SendFile(file, 0, size)
	client.Free()
}

// A reply is what an answer is made from, save the file's bytes.
type reply struct {
	status int
	file   *os.File // to be sent after it,
	size   int64    // and its size in bytes
	why    string   // without a file: what is wrong, and what to do, for the client
	head   bool     // the request was HEAD, whose answer has no body
}

// A refusal is an answer other than the file.
type refusal reply

var (
	notFound     = refusal{status: nethttp.StatusNotFound, why: "no such file here; check the name in the address"}
	tooManyFiles = refusal{status: nethttp.StatusServiceUnavailable, why: "too many files are open; try again later"}
)

func (r refusal) Error() string { return statusLine(r.status) + ": " + r.why }

// bail answers with a refusal, and frees the unit. Without anyone to answer
// to, it only frees it.
func (f *Folder) bail(client *sock.Unit, err error) {
	var r refusal
	if errors.As(err, &r) {
		f.reply(client, reply(r))
	}
	client.Free()
}

// reply writes the head of a reply.
func (f *Folder) reply(client *sock.Unit, r reply) {
	client.Note(statusLine(r.status))
	f.scratch = f.bytes.head(f.scratch[:0], r, client.Now())
	client.Write(f.scratch)
}

// readHeader returns the header of the client's request, up to and with its
// first empty line; nil while that has not come.
func readHeader(client *sock.Unit) (header []byte, err error) {
	input := client.Input()
	end := headerEnd(input)
	switch {
	case end > MaxHeader || end == 0 && len(input) > MaxHeader:
		return nil, refusal{status: nethttp.StatusRequestHeaderFieldsTooLarge, why: "the header is longer than 16 KiB; send fewer or smaller fields"}
	case end > 0:
		return input[:end], nil
	case errors.Is(client.Err(), os.ErrDeadlineExceeded):
		return nil, refusal{status: nethttp.StatusRequestTimeout, why: "the header did not come in time; send it at once"}
	case client.Err() == io.EOF && len(input) > 0:
		return nil, refusal{status: nethttp.StatusBadRequest, why: "the header has no end; send an empty line after it"}
	}
	return nil, client.Err()
}

// headerEnd is the length of the header in input: its lines end in LF, a CR
// before that is dropped, and the first empty line ends it. It is 0 while
// there is none.
func headerEnd(input []byte) int {
	for end := 0; ; {
		n := bytes.IndexByte(input[end:], '\n')
		if n < 0 {
			return 0
		}
		line := input[end : end+n]
		end += n + 1
		if len(line) == 0 || len(line) == 1 && line[0] == '\r' {
			return end
		}
	}
}

// splitRequest returns the words of the header's first line, which are
// separated by spaces.
func splitRequest(header []byte) []string {
	line, _, _ := bytes.Cut(header, []byte("\n"))
	line = bytes.TrimSuffix(line, []byte("\r"))
	return strings.FieldsFunc(string(line), func(r rune) bool { return r == ' ' })
}

// open opens a file of the folder for sending: a regular one, of some bytes.
func (f *Folder) open(name string) (file *os.File, size int64, err error) {
	file, info, err := openNow(f.root, name)
	if err != nil {
		return nil, 0, refusalOf(err)
	}
	switch {
	case info.IsDir():
		file.Close()
		return nil, 0, refusal{status: nethttp.StatusNotFound, why: "no such file here, but a folder; sockserverhttp -files lists folders"}
	case info.Size() == 0:
		file.Close()
		return nil, 0, refusal{status: nethttp.StatusNotFound, why: "no such file here, but an empty one, which is not sent"}
	}
	return file, info.Size(), nil
}

// openNow opens a regular file or a folder for reading. Nothing else is opened: to
// open a pipe lets its writer go on, and a device may do anything. Should it have
// become one just now, opening it does not wait at least.
func openNow(root *os.Root, name string) (*os.File, fs.FileInfo, error) {
	info, err := root.Stat(name)
	if err != nil {
		return nil, nil, err
	}
	if !servable(info) {
		return nil, nil, fs.ErrNotExist
	}
	file, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, err
	}
	if info, err = file.Stat(); err == nil && !servable(info) {
		err = fs.ErrNotExist
	}
	if err != nil {
		file.Close()
		return nil, nil, err
	}
	return file, info, nil
}

func servable(info fs.FileInfo) bool { return info.IsDir() || info.Mode().IsRegular() }

// refusalOf is what a client is told of an error from opening a file.
func refusalOf(err error) refusal {
	if errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) {
		return tooManyFiles
	}
	return notFound
}

// statusLine is a status with its words, "404 Not Found".
func statusLine(status int) string {
	text := nethttp.StatusText(status)
	if text == "" {
		text = "status code " + strconv.Itoa(status)
	}
	return strconv.Itoa(status) + " " + text
}
