//go:build unix

package main

import (
	"bufio"
	"fmt"
	"io"
	nethttp "net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"sockhttp/cmd/internal/commandtest"
)

// A printing is the program with outputs that are the test's business: a pipe
// that is read when the test says so, or a file.
type printing struct {
	*commandtest.Process
	stdin io.WriteCloser
	pipe  *os.File // what it prints comes out here,
	lines *bufio.Reader
}

// startPrinting starts the program with stderr, and stdout unless it is given,
// in a pipe of which the two lines of the start are read.
func startPrinting(t *testing.T, stdout *os.File, args ...string) *printing {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	c := commandtest.Program(append(args, "-dir", folder(t), "0")...)
	stdin, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	p := &printing{&commandtest.Process{Cmd: c}, stdin, r, bufio.NewReader(r)}
	p.Stdout, p.Stderr = stdout, w
	if stdout == nil {
		p.Stdout = w
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Process.Process.Kill() })
	w.Close()
	line := p.readThrough(t, "listening on port ")[0]
	p.Port = strings.TrimSpace(line[strings.LastIndexByte(line, ' ')+1:])
	p.readThrough(t, "Ctrl-C stops the server")
	return p
}

// readThrough reads lines through the first that has text in it.
func (p *printing) readThrough(t *testing.T, text string) (lines []string) {
	t.Helper()
	for {
		line, err := p.lines.ReadString('\n')
		if err != nil {
			t.Fatalf("%v instead of a line with %q", err, text)
		}
		lines = append(lines, line)
		if strings.Contains(line, text) {
			return lines
		}
	}
}

// end tells the program to end, and waits until it has.
func (p *printing) end(t *testing.T) {
	t.Helper()
	p.Signal(t, syscall.SIGTERM)
	if err := p.Wait(); err != nil {
		t.Errorf("it ended with %v", err)
	}
}

// Nothing that becomes of the lines keeps a client waiting, or the program from
// ending.
func TestNobodyReadsTheLog(t *testing.T) {
	serve := func(t *testing.T, p *printing, requests int) {
		t.Helper()
		c := p.Dial(t, "")
		reader := bufio.NewReader(c)
		for range requests {
			if _, err := fmt.Fprintf(c, "GET /hello.txt?%01100d HTTP/1.1\r\nHost: localhost\r\n\r\n", 0); err != nil {
				t.Fatal(err)
			}
			r, err := nethttp.ReadResponse(reader, nil)
			if err != nil {
				t.Fatal(err)
			}
			if body, err := io.ReadAll(r.Body); string(body) != "hello\n" || err != nil {
				t.Fatalf("answered %q, %v", body, err)
			}
		}
		c.Close()
	}
	const many = 1300 // so that their lines are more than what is held
	for _, detail := range [][]string{{"-files"}, {"-files", "-v"}} {
		t.Run(fmt.Sprint("a pipe that nobody reads ", detail), func(t *testing.T) {
			t.Parallel()
			p := startPrinting(t, nil, detail...)
			serve(t, p, many)
			p.end(t)
		})
		t.Run(fmt.Sprint("a pipe whose reader has gone ", detail), func(t *testing.T) {
			t.Parallel()
			p := startPrinting(t, nil, detail...)
			p.pipe.Close()
			serve(t, p, 200)
			p.end(t)
		})
		t.Run(fmt.Sprint("a full disk ", detail), func(t *testing.T) {
			t.Parallel()
			full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
			if err != nil {
				t.Skip(err)
			}
			defer full.Close()
			p := startPrinting(t, full, detail...)
			go io.Copy(io.Discard, p.lines)
			serve(t, p, 200)
			p.end(t)
		})
	}
	t.Run("a pipe that is read in the end", func(t *testing.T) {
		t.Parallel()
		p := startPrinting(t, nil, "-files")
		serve(t, p, many)
		printed := p.readThrough(t, " lines were dropped, because nothing read them in time\n")
		last := printed[len(printed)-1]
		dropped, err := strconv.Atoi(strings.Fields(last)[1])
		if err != nil {
			t.Errorf("%v in %q", err, last)
		}
		p.Signal(t, syscall.SIGTERM)
		printed = append(printed, p.readThrough(t, "stopping")...)
		rest, err := io.ReadAll(p.lines) // the seam of Windows may count the last reply as sent only now
		if err != nil {
			t.Error(err)
		}
		printed = slices.AppendSeq(printed, strings.Lines(string(rest)))
		p.Wait()
		// Without the line that tells; a busy machine may be told of, too.
		if lines := len(printed) - 1; dropped == 0 || lines+dropped < 1+2*many+1 {
			t.Errorf("%d lines and %d that were dropped; want a line when the client came, %d of its requests and one in the end", lines, dropped, 2*many)
		}
		if cut := "GET /hello.txt?" + strings.Repeat("0", 985) + " [cut: the line has 1124 bytes]\n"; !slices.Contains(printed, cut) {
			t.Errorf("no line is %q", cut)
		}
	})
}

// With -v the line of a poll is there while the poll waits. And Ctrl-C is
// acknowledged while a poll waits that nothing ends.
func TestLinesWhileAPollWaits(t *testing.T) {
	p := startPrinting(t, nil, "-as-posted", "-v", "-listen-wait", "1h")
	p.readThrough(t, "  100  poll, waiting up to 1h0m0s\n")
	p.Signal(t, os.Interrupt)
	p.readThrough(t, "sockserverhttp: stopping when the replies under way are sent, within 5s; press Ctrl-C again to stop now\n")
	p.Signal(t, os.Interrupt)
	if err := p.Wait(); err == nil {
		t.Error("the second signal did not end it at once")
	}
}
