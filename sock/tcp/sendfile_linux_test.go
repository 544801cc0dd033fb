package tcp

import (
	"bytes"
	"io"
	"os"
	"runtime"
	"testing"

	"sockhttp/sock"
)

// sendfile(2) does not send a file such as this one; it goes by way of memory.
func TestSeamSendFileThatSendfileRefuses(t *testing.T) {
	const name = "/proc/self/cmdline"
	content, err := os.ReadFile(name)
	if err != nil {
		t.Skip(err)
	}
	onSeams(t, func(t *testing.T, l sock.Listener) {
		file, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		conn, client := connect(t, l)
		defer conn.Close()
		const from = 3
		at := int64(from)
		for at < int64(len(content)) {
			n, err := conn.SendFile(file, at, int64(len(content)))
			if err != nil {
				t.Fatal(err)
			}
			at += n
			runtime.Gosched()
		}
		if n, err := conn.SendFile(file, at, 1); n != 0 || err != io.ErrUnexpectedEOF {
			t.Errorf("beyond the file's end: %d, %v", n, err)
		}
		conn.CloseWrite()
		if got, err := io.ReadAll(client); !bytes.Equal(got, content[from:]) || err != nil {
			t.Errorf("the client got %q, %v", got, err)
		}
	})
}
