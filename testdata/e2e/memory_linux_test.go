//go:build !race

package e2e

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

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
