package tcp

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"sockhttp/sock"
)

// A file is sent from any offset, and one that is too short says so.
func TestSeamSendFile(t *testing.T) {
	data := bytes.Repeat([]byte("0123456789abcdef"), 1<<20)
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, data, 0o666); err != nil {
		t.Fatal(err)
	}
	onSeams(t, func(t *testing.T, l sock.Listener) {
		file, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		conn, client := connect(t, l)
		defer conn.Close()
		received := make(chan []byte)
		go func() {
			got, err := io.ReadAll(client)
			if err != nil {
				t.Error(err)
			}
			received <- got
		}()
		const from = 7
		at := int64(from)
		for at < int64(len(data)) {
			n, err := conn.SendFile(file, at, int64(len(data))-at)
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
		if got := <-received; !bytes.Equal(got, data[from:]) {
			t.Errorf("the client got %d bytes, not the %d that were sent", len(got), len(data)-from)
		}
		if at, err := file.Seek(0, io.SeekCurrent); at != 0 || err != nil {
			t.Errorf("the file's own offset is %d, %v", at, err)
		}
	})
}

// A connection that was reset takes no file.
func TestSeamSendFileAfterAReset(t *testing.T) {
	onSeams(t, func(t *testing.T, l sock.Listener) {
		file, err := os.Open("sendfile_test.go")
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		conn, client := connect(t, l)
		defer conn.Close()
		client.SetLinger(0)
		client.Close()
		for err = nil; err == nil; { // if it never failed, this test would not end
			_, err = conn.SendFile(file, 0, 1)
			runtime.Gosched()
		}
	})
}

// A file that has been closed cannot be sent.
func TestSeamSendFileThatIsClosed(t *testing.T) {
	onSeams(t, func(t *testing.T, l sock.Listener) {
		file, err := os.Open("sendfile_test.go")
		if err != nil {
			t.Fatal(err)
		}
		file.Close()
		conn, _ := connect(t, l)
		defer conn.Close()
		if n, err := conn.SendFile(file, 0, 1); n != 0 || err == nil {
			t.Errorf("%d, %v", n, err)
		}
	})
}
