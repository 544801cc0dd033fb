//go:build !race

package e2e

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"sockhttp/sock/array"
)

// memoryOf reads a figure of a process from /proc, in bytes: VmRSS, which it has
// now, or VmHWM, the most that it has had.
func memoryOf(t *testing.T, p *served, figure string) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	match := regexp.MustCompile(figure + `:\s+(\d+) kB`).FindSubmatch(status)
	if match == nil {
		t.Fatalf("no %s in\n%s", figure, status)
	}
	kB, _ := strconv.Atoi(string(match[1]))
	return kB << 10
}

// Clients that send as much as they may, all at once, take the memory that is
// meant for them; the rest are refused, and nothing is kept.
func TestMemory(t *testing.T) {
	p := start(t, exec.Command(arrays, "0"))
	const clients = array.MaxMemory/array.MaxBytes + 2
	var header []byte
	for _, v := range []int{3, array.MaxBytes, 1, 1, 1, array.MaxBytes} {
		header = binary.LittleEndian.AppendUint32(header, uint32(v))
	}
	// Each sends all but the command, and that when all others have, too.
	var answers [clients]string
	var sent, done sync.WaitGroup
	for i := range clients {
		sent.Add(1)
		done.Add(1)
		c, err := net.Dial("tcp", "localhost:"+p.port)
		if err != nil {
			t.Fatal(err)
		}
		c.Write(header)
		go func() {
			defer done.Done()
			piece := bytes.Repeat([]byte{7}, 1<<20)
			for range array.MaxBytes / len(piece) {
				if _, err := c.Write(piece); err != nil {
					break // it was refused
				}
			}
			sent.Done()
			sent.Wait()
			io.WriteString(c, "size\n")
			answer := make([]byte, 200)
			n, _ := c.Read(answer)
			answers[i] = string(answer[:n])
			c.Close()
		}()
	}
	done.Wait()
	answered := 0
	for _, a := range answers {
		if strings.HasPrefix(a, "dimensions ") {
			answered++
		} else if !strings.HasPrefix(a, "error: the server has no memory left") && a != "" {
			t.Errorf("answered %q", a)
		}
	}
	// Each takes its memory as its array comes, so more than two may be refused
	// before the others have all of theirs.
	if answered < clients/2 || answered > clients-2 {
		t.Errorf("%d of %d were answered, want %d at most, and half of them at least", answered, clients, clients-2)
	}
	most, now := memoryOf(t, p, "VmHWM"), memoryOf(t, p, "VmRSS")
	t.Logf("it took %d MiB, and keeps %d MiB", most>>20, now>>20)
	if most > array.MaxMemory+256<<20 || now > 64<<20 {
		t.Errorf("it took %d MiB, and keeps %d MiB; want at most %d and 64", most>>20, now>>20, (array.MaxMemory+256<<20)>>20)
	}
}

// A client of HTTP/2 that asks for a long listing in each of as many streams as it
// may have, and takes nothing of any, has the server hold one page.
func TestMemoryOfStreams(t *testing.T) {
	dir := t.TempDir()
	for i := range 5000 {
		file, err := os.Create(filepath.Join(dir, fmt.Sprintf("%04d", i)+strings.Repeat("\"", 240)))
		if err != nil {
			t.Fatal(err)
		}
		file.Close()
	}
	p := serve(t, dir, "-tls")
	c, err := tls.Dial("tcp", "localhost:"+p.port, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{http2.NextProtoTLS}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, http2.ClientPreface)
	framer := http2.NewFramer(c, c)
	framer.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 0})
	var request bytes.Buffer
	encoder := hpack.NewEncoder(&request)
	for _, field := range [][2]string{{":method", "GET"}, {":scheme", "https"}, {":authority", "localhost"}, {":path", "/"}} {
		encoder.WriteField(hpack.HeaderField{Name: field[0], Value: field[1]})
	}
	const streams = 250 // that net/http's server allows
	for i := range uint32(streams) {
		framer.WriteHeaders(http2.HeadersFrameParam{StreamID: 2*i + 1, BlockFragment: request.Bytes(), EndStream: true, EndHeaders: true})
	}
	for begun := 0; begun < streams; {
		frame, err := framer.ReadFrame()
		if err != nil {
			t.Fatalf("after %d replies: %v", begun, err)
		}
		switch frame := frame.(type) {
		case *http2.HeadersFrame:
			begun++
		case *http2.RSTStreamFrame, *http2.GoAwayFrame:
			t.Fatalf("after %d replies: %v", begun, frame)
		}
	}
	most := memoryOf(t, p, "VmHWM")
	t.Logf("it took %d MiB", most>>20)
	if most > 200<<20 {
		t.Errorf("it took %d MiB; want at most 200", most>>20)
	}
}
