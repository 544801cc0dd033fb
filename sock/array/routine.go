package array

import (
	"bytes"
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
// arrays. Commands run on the goroutine of the queue, and hold up other clients
// as they would in IDL: for up to a second with the largest arrays, and some
// seconds for their images, which may have 32768 rows and columns.
func Routine(options Options) sock.Routine {
	s := &server{Options: options, gallery: newGallery(options.Out)}
	return s.answer
}

type server struct {
	Options
	gallery *gallery
}

// An exchange is what is remembered of one that has begun.
type exchange struct {
	timed   bool
	began   time.Time // when its header had come
	another bool      // it is not the first of its connection
}

// answer is what SockHTTP is to the post: the routine that ServerCallback calls.
func (s *server) answer(client *sock.Unit) {
	e, ok := client.Value.(*exchange)
	if !ok {
		e = &exchange{}
		client.Value = e
	}

	// (1) Read the header.
	input := client.Input()
	if len(input) < HeaderBytes {
		switch {
		case client.Err() != nil:
			if len(input) > 0 || !e.another {
				giveUp(client, "header")
			}
		case len(input) > 0 && !e.timed:
			e.timed = true
			client.LimitInput(headerTime)
		}
		return
	}
	h, err := ParseHeader(input)
	if err != nil {
		refuse(client, err)
		return
	}

	// (2) Read the elements. (3) Read the command.
	data := input[HeaderBytes:]
	if len(data) < h.Bytes() {
		s.wait(client, e, "array")
		return
	}
	data, rest := data[:h.Bytes()], data[h.Bytes():]
	line, _, ended := bytes.Cut(rest, []byte("\n"))
	switch {
	case len(line) > MaxCommand:
		refuse(client, fmt.Errorf("the command is longer than %d bytes; send one of %s", MaxCommand, help()))
		return
	case !ended:
		s.wait(client, e, "command")
		return
	}

	// (4) Obey, print the result, and send it back.
	command := strings.ToLower(strings.TrimSpace(string(line)))
	answer, err := s.obey(command, h, data)
	if err != nil {
		refuse(client, err)
		return
	}
	if s.Print != nil {
		s.Print(command, answer)
	}
	client.Discard(HeaderBytes + h.Bytes() + len(line) + 1)
	*e = exchange{another: true}
	client.Note(command)
	io.WriteString(client, answer+"\n")
	client.LimitInput(idleTime)
}

// wait is for a part of the exchange that has not come.
func (s *server) wait(client *sock.Unit, e *exchange, part string) {
	if client.Err() != nil {
		giveUp(client, part)
		return
	}
	now := client.Now()
	if e.began.IsZero() {
		e.began = now
	}
	client.LimitInput(min(quietTime, e.began.Add(timeFor(len(client.Input()))).Sub(now)))
}

// timeFor is the time in which so many bytes must have come.
func timeFor(bytes int) time.Duration {
	return quietTime + time.Duration(bytes)*time.Second/slowest
}

// giveUp tells the client what has not come, if there is anyone to tell. Its unit
// is freed in any case.
func giveUp(client *sock.Unit, part string) {
	switch {
	case errors.Is(client.Err(), os.ErrDeadlineExceeded):
		refuse(client, fmt.Errorf("the %s did not arrive in time; send it without pauses", part))
	case client.Err() == io.EOF && len(client.Input()) > 0:
		refuse(client, fmt.Errorf("the %s ended early; send all of it", part))
	}
}

// refuse says what is wrong, and frees the unit.
func refuse(client *sock.Unit, err error) {
	client.Note("refused")
	fmt.Fprintf(client, "error: %s\n", strings.ReplaceAll(err.Error(), "\n", "; "))
	client.Free()
}

// obey returns the answer to a command.
func (s *server) obey(command string, h Header, data []byte) (string, error) {
	switch command {
	case "image":
		return s.gallery.add(h, data)
	case "help":
		return help(), nil
	}
	for _, c := range commands {
		if c.name == command {
			return c.answer(h, data)
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
