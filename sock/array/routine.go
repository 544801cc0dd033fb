package array

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"sockhttp/sock"
)

// Options are what [Routine] can be told.
type Options struct {
	// Out is the directory that images are written to, up to MaxImages and
	// MaxImageBytes; nil: none are.
	Out *os.Root

	// Memory is how many bytes the elements of all arrays may have that the
	// server holds at one time; MaxMemory unless set. A client that needs more
	// is refused.
	Memory int

	// Print is called with each command that was obeyed, and its answer.
	Print func(command, answer string)
}

// What a client is given for an exchange.
const (
	headerTime = 10 * time.Second // for the header, from its first byte on
	idleTime   = time.Minute      // from an answer to the next header
	quietTime  = 30 * time.Second // between two pieces of the rest
	slowest    = 64 << 10         // bytes a second, on the whole

	longestAnswer = 64 << 10 // bytes that a client takes
)

// Routine returns the server's routine: it answers what its clients ask of their
// arrays. Commands run on the goroutine of the queue, in slices of about
// a millisecond, between which other clients have their turn. The answer is the
// same as if it had been computed at once. At the post's pace, slices are a tenth
// of a second apart.
func Routine(options Options) sock.Routine {
	s := &server{Options: options, gallery: newGallery(options.Out), memory: memory{left: cmp.Or(options.Memory, MaxMemory)}}
	return s.answer
}

type server struct {
	Options
	gallery *gallery
	memory  memory
}

// An exchange is what is remembered of one that has begun.
type exchange struct {
	another bool // it is not the first of its connection
	timed   bool // part of its header has come

	header   Header    // once it has come,
	began    time.Time // then,
	elements []byte    // and as many of its elements as have come
	work     *work     // the command, once that has begun
}

// answer is what SockHTTP is to the post: the routine that ServerCallback calls.
func (s *server) answer(client *sock.Unit) {
	e, ok := client.Value.(*exchange)
	if !ok {
		e = &exchange{}
		client.Value = e
		client.OnFree = func(error) { s.end(client, e) }
	}

	// (1) Read the header.
	if e.began.IsZero() && !s.readHeader(client, e) {
		return
	}

	// (2) Read the elements.
	if err := s.readElements(client, e); err != nil {
		s.refuse(client, e, err)
		return
	}
	if len(e.elements) < e.header.Bytes() {
		s.expect(client, e, "array")
		return
	}

	// (3) Read the command.
	line, _, ended := bytes.Cut(client.Input(), []byte("\n"))
	switch {
	case len(line) > MaxCommand:
		s.refuse(client, e, fmt.Errorf("the command is longer than %d bytes; send one of %s", MaxCommand, help()))
		return
	case !ended:
		s.expect(client, e, "command")
		return
	}

	// (4) Obey, print the result, and send it back.
	command := strings.ToLower(strings.TrimSpace(string(line)))
	if e.work == nil {
		e.work = begin(func(p pause) (string, error) { return s.obey(command, e.header, e.elements, p) })
	}
	switch done := e.work.step(); {
	case !done && client.Err() != nil && client.Err() != io.EOF:
		client.Free() // the client has gone
		return
	case !done:
		client.CallAgain()
		return
	case e.work.err != nil:
		s.refuse(client, e, e.work.err)
		return
	}
	answer := e.work.answer
	defer s.end(client, e) // also if Print panics
	if s.Print != nil {
		s.Print(command, answer)
	}
	client.Discard(len(line) + 1)
	client.Note(command)
	io.WriteString(client, answer+"\n")
	client.LimitInput(idleTime)
}

// readHeader takes the header, and reports whether the elements may come now.
func (s *server) readHeader(client *sock.Unit, e *exchange) bool {
	input := client.Input()
	if len(input) < HeaderBytes {
		switch {
		case client.Err() != nil:
			if len(input) > 0 || !e.another {
				s.giveUp(client, e, "header")
			}
		case len(input) > 0 && !e.timed:
			e.timed = true
			client.LimitInput(headerTime)
		}
		return false
	}
	h, err := ParseHeader(input)
	if err == nil && h.Bytes() > s.memory.left {
		err = errMemory
	}
	if err != nil {
		s.refuse(client, e, err)
		return false
	}
	e.header, e.began = h, client.Now()
	client.Discard(HeaderBytes)
	return true
}

// end forgets the exchange, and gives the memory of its elements back.
func (s *server) end(client *sock.Unit, e *exchange) {
	if e.work != nil {
		e.work.stop()
	}
	size := cap(e.elements)
	*e = exchange{another: true}
	s.memory.giveBack(size, client.Now())
}

// readElements takes the elements that have come. Their memory doubles as they
// come: what a client announces and does not send takes none from the others.
func (s *server) readElements(client *sock.Unit, e *exchange) error {
	had, all := len(e.elements), e.header.Bytes()
	n := min(len(client.Input()), all-had)
	if had+n > cap(e.elements) {
		size := min(all, max(had+n, 2*cap(e.elements)))
		if !s.memory.reserve(size - cap(e.elements)) {
			return errMemory
		}
		e.elements = append(make([]byte, 0, size), e.elements...)
	}
	e.elements = append(e.elements, client.Input()[:n]...)
	client.Discard(n)
	return nil
}

// expect is for a part of the exchange that has not come whole. It may come in
// pieces, none of which takes long.
func (s *server) expect(client *sock.Unit, e *exchange, part string) {
	if client.Err() != nil {
		s.giveUp(client, e, part)
		return
	}
	came := HeaderBytes + len(e.elements) + len(client.Input())
	client.LimitInput(min(quietTime, e.began.Add(timeFor(came)).Sub(client.Now())))
}

// timeFor is the time in which so many bytes must have come.
func timeFor(bytes int) time.Duration {
	return quietTime + time.Duration(bytes)*time.Second/slowest
}

// giveUp tells the client what has not come, if there is anyone to tell. Its unit
// is freed in any case.
func (s *server) giveUp(client *sock.Unit, e *exchange, part string) {
	switch {
	case errors.Is(client.Err(), os.ErrDeadlineExceeded):
		s.refuse(client, e, fmt.Errorf("the %s did not arrive in time; send it without pauses", part))
	case client.Err() == io.EOF && (len(client.Input()) > 0 || !e.began.IsZero()):
		s.refuse(client, e, fmt.Errorf("the %s ended early; send all of it", part))
	default:
		s.end(client, e)
	}
}

// refuse says what is wrong, and frees the unit.
func (s *server) refuse(client *sock.Unit, e *exchange, err error) {
	s.end(client, e)
	client.Note("refused")
	fmt.Fprintf(client, "error: %s\n", strings.ReplaceAll(err.Error(), "\n", "; "))
	client.Free()
}

// obey returns the answer to a command.
func (s *server) obey(command string, h Header, data []byte, p pause) (string, error) {
	switch command {
	case "image":
		return s.gallery.add(h, data, p)
	case "help":
		return help(), nil
	}
	for _, c := range commands {
		if c.name == command {
			return c.answer(h, data, p)
		}
	}
	return "", fmt.Errorf("%q is not a command; send one of %s", command, help())
}

// Ask returns the client's routine: it sends an array and a command. When the
// answer has come, or cannot come any more, it calls answer, once, and frees its
// unit. If the connection breaks before all is sent, only Done of the client is
// called.
func Ask(h Header, data []byte, command string, answer func(line string, err error)) sock.Routine {
	asked := false
	return func(server *sock.Unit) {
		if !asked {
			asked = true
			server.Write(h.Append(nil))
			server.Write(data)
			io.WriteString(server, command+"\n")
			server.LimitInput(timeFor(h.Bytes())) // what was sent may still be on its way
			return
		}
		line, _, ended := bytes.Cut(server.Input(), []byte("\n"))
		var err error
		switch message, refused := strings.CutPrefix(string(line), "error: "); {
		case len(line) > longestAnswer || ended && strings.HasPrefix(string(line), "HTTP/"):
			err = fmt.Errorf("the server at %v does not speak SockServer's protocol", server.RemoteAddr())
		case ended && refused:
			err = errors.New(message)
		case ended:
		case errors.Is(server.Err(), os.ErrDeadlineExceeded):
			err = errors.New("the server has not answered in time")
		case server.Err() == io.EOF:
			err = errors.New("the server has closed the connection without an answer")
		case server.Err() != nil:
			err = server.Err()
		default:
			return
		}
		answer(string(line), err)
		server.Free()
	}
}
