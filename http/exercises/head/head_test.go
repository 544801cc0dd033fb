package head

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sockhttp/http"
	"sockhttp/http/exercises/head/answer"
	"sockhttp/http/exercises/internal/mine"
	"sockhttp/sock/socktest"
)

func TestHead(t *testing.T) {
	dir := t.TempDir()
	const content = "hello, world\n"
	if err := os.WriteFile(filepath.Join(dir, "hello.txt"), []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	noneLeft := socktest.Descriptors(t)
	server := socktest.NewServer(mine.Or(Routine, answer.Routine)(http.NewDirectory(root)))
	server.Start()
	ask := func(request string) string {
		client := server.Client(0, socktest.Send(request+" HTTP/1.1\r\nHost: localhost\r\n\r\n"))
		server.Run(server.Now() + 100*time.Millisecond)
		return string(client.Received)
	}

	get := ask("GET /hello.txt")
	head, isFile := strings.CutSuffix(get, content)
	if !isFile {
		t.Errorf("GET is answered with %q, want the file", get)
	}
	// All of it but the dates, which may differ by a second.
	if got := ask("HEAD /hello.txt"); withoutDate(got) != withoutDate(head) {
		t.Errorf("HEAD is answered with\n%s\nwant\n%s", got, head)
	}
	if got := ask("HEAD /missing"); !strings.HasPrefix(got, "HTTP/1.1 404 ") {
		t.Errorf("HEAD of a file that is not there is answered with %q", got)
	}
	if got := ask("POST /hello.txt"); !strings.HasPrefix(got, "HTTP/1.1 400 ") {
		t.Errorf("POST is answered with %q", got)
	}
	noneLeft()
}

func withoutDate(reply string) string {
	before, after, _ := strings.Cut(reply, "Date: ")
	_, after, _ = strings.Cut(after, "\r\n")
	return before + after
}
