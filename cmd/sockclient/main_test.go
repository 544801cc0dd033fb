package main

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"sockhttp/cmd/internal/commandtest"
)

const galaxy = "../../testdata/galaxy.jpg"

// servers has sockserver and sockserverhttp, built by TestMain unless the environment
// names a directory that has them: where the tests run there may be no go command.
var servers = os.Getenv("SOCKHTTP_TEST_SERVERS")

func TestMain(m *testing.M) {
	commandtest.BeProgram(main)
	if servers != "" {
		os.Exit(m.Run())
	}
	dir, err := os.MkdirTemp("", "sockclient")
	if err == nil {
		var out []byte
		if out, err = exec.Command("go", "build", "-ldflags=-s -w", "-o", dir+string(filepath.Separator), "../sockserver", "../sockserverhttp").CombinedOutput(); err != nil {
			err = fmt.Errorf("%w\n%s", err, out)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	servers = dir
	status := m.Run()
	os.RemoveAll(dir)
	os.Exit(status)
}

// start starts one of the servers on a free port.
func start(t *testing.T, name string, args ...string) *commandtest.Process {
	t.Helper()
	return commandtest.Start(t, exec.Command(filepath.Join(servers, name), append(args, "0")...))
}

// client runs the client.
func client(args ...string) (status int, stdout, stderr string) {
	var out, errors strings.Builder
	status = run(args, &out, &errors)
	return status, out.String(), errors.String()
}

// What is asked of the picture agrees with what the test computes of it.
func TestAsk(t *testing.T) {
	file, err := os.Open(galaxy)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	picture, err := jpeg.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	var counts [256]int
	n, sum, least, most := 0, 0, 255, 0
	pixels := image.NewRGBA(picture.Bounds())
	draw.Draw(pixels, pixels.Bounds(), picture, image.Point{}, draw.Src)
	for i, v := range pixels.Pix {
		if i%4 < 3 { // no pixel of the picture is transparent
			counts[v]++
			n, sum, least, most = n+1, sum+int(v), min(least, int(v)), max(most, int(v))
		}
	}
	histogram := fmt.Sprintf("16 bins from %d to %d:", least, most)
	for bin := range 16 {
		in := 0
		for v, count := range counts {
			// Which bin v is in, with integers alone.
			if at := min((v-least)*16/(most-least), 15); v >= least && at == bin {
				in += count
			}
		}
		histogram += " " + strconv.Itoa(in)
	}

	out := t.TempDir()
	p := start(t, "sockserver", "-out", out)
	ask := func(command string) string {
		status, stdout, stderr := client("-port", p.Port, "-command", command, galaxy)
		if status != 0 || stderr != "" {
			t.Errorf("%s: status %d, %q", command, status, stderr)
		}
		return strings.TrimSuffix(stdout, "\n")
	}
	if got := ask("histogram"); got != histogram {
		t.Errorf("histogram is\n%s\nwant\n%s", got, histogram)
	}
	if got, want := ask("mean"), float64(sum)/float64(n); got != strconv.FormatFloat(want, 'f', -1, 64) {
		t.Errorf("mean is %s, want %v", got, want)
	}
	if got, want := ask("size"), fmt.Sprintf("dimensions 3 x %d x %d, type 1 (byte), %d elements", picture.Bounds().Dx(), picture.Bounds().Dy(), n); got != want {
		t.Errorf("size is %s, want %s", got, want)
	}
	name, _, _ := strings.Cut(ask("image"), ",")
	written, err := os.Open(filepath.Join(out, name))
	if err != nil {
		t.Fatal(err)
	}
	defer written.Close()
	again, err := png.Decode(written)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []image.Point{{0, 0}, {7, 3}, {picture.Bounds().Dx() - 1, picture.Bounds().Dy() - 1}} {
		if got, want := again.At(at.X, at.Y), color.NRGBAModel.Convert(picture.At(at.X, at.Y)).(color.NRGBA); color.NRGBAModel.Convert(got) != want {
			t.Errorf("the pixel at %v is %v, want %v", at, got, want)
		}
	}
	if status, stdout, stderr := client("-port", p.Port, "-command", "help"); status != 0 || !strings.HasPrefix(stdout, "size, total, ") || stderr != "" {
		t.Errorf("help without a picture: status %d, %q, %q", status, stdout, stderr)
	}
	web := start(t, "sockserverhttp", "-host", "127.0.0.1")
	address := "127.0.0.1:" + web.Port
	if status, stdout, stderr := client("-server", "127.0.0.1", "-port", web.Port, "-command", "mean", galaxy); status != 1 || stdout != "" || stderr != "sockclient: the server at "+address+" does not speak SockServer's protocol\n" {
		t.Errorf("an HTTP server: status %d, %q, %q", status, stdout, stderr)
	}
	if status, stdout, stderr := client("-port", p.Port, "-command", "guess", galaxy); status != 1 || stdout != "" || !strings.Contains(stderr, `sockclient: "guess" is not a command; send one of size`) {
		t.Errorf("an unknown command: status %d, %q, %q", status, stdout, stderr)
	}
}

// A fetched file is the one that is served, by either set of bytes; one that is
// not there leaves nothing behind, and what was there stays.
func TestGet(t *testing.T) {
	picture, err := os.ReadFile(galaxy)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	out := filepath.Join(dir, "out.jpg")
	for _, flags := range [][]string{nil, {"-as-posted"}, {"-files"}} {
		p := start(t, "sockserverhttp", append(flags, "-dir", filepath.Dir(galaxy))...)
		url := "http://localhost:" + p.Port + "/galaxy.jpg"
		status, stdout, stderr := client("-get", url, "-o", out)
		got, err := os.ReadFile(out)
		if status != 0 || stdout+stderr != "" || err != nil || !bytes.Equal(got, picture) {
			t.Errorf("%v: status %d, %q, %q, %d bytes, %v", flags, status, stdout, stderr, len(got), err)
		}
		status, _, stderr = client("-get", url+"x", "-o", out)
		reason := `the server answers "404 Not Found": "no such file`
		if len(flags) > 0 && flags[0] == "-as-posted" {
			reason = `the server answers "404 Not Found"` + "\n"
		}
		if status != 1 || !strings.Contains(stderr, "cannot fetch "+url+"x: "+reason) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%v: a missing file: status %d, %q", flags, status, stderr)
		}
		if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
			t.Errorf("left are %v, %v", files, err)
		}
	}
	if got, err := os.ReadFile(out); err != nil || !bytes.Equal(got, picture) {
		t.Errorf("what was there is gone: %d bytes, %v", len(got), err)
	}
}

// A file that was there keeps its mode, and a link what it links to.
func TestGetOverAnother(t *testing.T) {
	dir := t.TempDir()
	file, link := filepath.Join(dir, "file"), filepath.Join(dir, "link")
	if err := os.WriteFile(file, []byte("before"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("file", link); err != nil {
		t.Skip("no links here: ", err)
	}
	p := start(t, "sockserverhttp", "-dir", filepath.Dir(galaxy))
	if status, _, stderr := client("-get", "http://localhost:"+p.Port+"/galaxy.jpg", "-o", link); status != 0 {
		t.Fatalf("status %d, %q", status, stderr)
	}
	info, err := os.Lstat(file)
	linkInfo, linkErr := os.Lstat(link)
	if err != nil || linkErr != nil || info.Size() < 1000 || runtime.GOOS != "windows" && info.Mode() != 0o600 || linkInfo.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the file is %v, %v, the link %v, %v", info, err, linkInfo, linkErr)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 2 {
		t.Errorf("left are %v, %v", files, err)
	}
}

// A body that ends early is an error, and leaves no half file.
func TestGetShort(t *testing.T) {
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		c.Read(make([]byte, 1000))
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\npart")
	}()
	dir := t.TempDir()
	status, _, stderr := client("-get", "http://"+l.Addr().String()+"/x", "-o", filepath.Join(dir, "out"))
	if status != 1 || !strings.HasSuffix(stderr, "/x: the connection ended after 4 bytes of 1000\n") {
		t.Errorf("status %d, %q", status, stderr)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) > 0 {
		t.Errorf("left are %v, %v", files, err)
	}
}

// A server that is not there is asked for in vain, and said so once, at the
// beginning, and at the end.
func TestNoServer(t *testing.T) {
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	l.Close()
	status, stdout, stderr := client("-wait", "250ms", "-port", port, "-command", "mean", galaxy)
	lines := strings.Split(strings.TrimSuffix(stderr, "\n"), "\n")
	if status != 1 || stdout != "" || len(lines) != 2 || !strings.Contains(lines[0], "trying again every 100ms for 250ms") || !strings.Contains(lines[1], "no server at localhost:"+port+" within 250ms") {
		t.Errorf("status %d, %q, %q", status, stdout, stderr)
	}
}

func TestMistakes(t *testing.T) {
	text := filepath.Join(t.TempDir(), "text.jpg")
	if err := os.WriteFile(text, []byte("no picture"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args   string
		status int
		want   string
	}{
		{"", 2, "there is nothing to do; ask about a picture with -command, or fetch a file with -get"},
		{"-command mean", 2, "-command mean needs a picture; give a JPEG or PNG file after the flags"},
		{"pic.jpg -command mean", 2, `the flag -command comes after "pic.jpg"; put flags first: sockclient -command mean pic.jpg; see sockclient -h`},
		{"-command mean a b", 2, `"b" is one picture too many; give one`},
		{"-command mean -port 0 a", 2, "-port 0 is not a port; give a number from 1 to 65535"},
		{"-command mean -wait -1s a", 2, "-wait -1s is negative; give 0s or more"},
		{"-o out -command mean a", 2, "-o needs -get and a URL"},
		{"-get http://localhost/x", 2, "-get needs -o and a file to write"},
		{"-get ftp://localhost/x -o x", 2, `-get "ftp://localhost/x" cannot be fetched; give a URL that begins with http:// and a host`},
		{"-get localhost:8000/x -o x", 2, "begins with http://"},
		{"-get http://localhost/x -n 0", 2, "-n 0 is not possible; give a number from 1 to 1000"},
		{"-get http://localhost/x -n 1001", 2, "-n 1001 is not possible"},
		{"-get http://localhost/x -n 2 -o x", 2, "-n and -o contradict each other; with -n the file is counted and not kept"},
		{"-command mean -silent 5s a", 2, "-silent needs -get and a URL"},
		{"-get http://localhost/x -every 1s", 2, "-every needs -pieces; for a wait before the request, use -silent"},
		{"-get http://localhost/x -pieces 3 -every 0s", 2, "-every 0s is not possible; give a time above 0s and up to 1h0m0s"},
		{"-get http://localhost/x -pieces 0", 2, "-pieces 0 is not possible, since 55 bytes are sent; give a number from 1 to 55"},
		{"-get http://localhost/x -pieces 11 -leave-after 10", 2, "-pieces 11 is not possible, since 10 bytes are sent"},
		{"-get http://localhost/x -leave-after 56", 2, "-leave-after 56 is not within the request, which has 55 bytes; give a number from 1 to 54"},
		{"-get http://localhost/x -leave-after 0", 2, "-leave-after 0 is not within the request"},
		{"-get http://localhost/x -leave-after 1 -read-slowly 1k/s", 2, "-leave-after and -read-slowly contradict each other"},
		{"-get http://localhost/x -silent 61m", 2, "-silent 1h1m0s is not possible; give a time above 0s and up to 1h0m0s"},
		{"-get http://localhost/x -read-slowly fast", 2, `-read-slowly "fast" is not a rate; write bytes in a second, as in 500/s, 1k/s or 2.5M/s`},
		{"-get http://localhost/x -read-slowly NaN/s", 2, "is not a rate"},
		{"-get http://localhost/x -read-slowly 19/s", 2, "-read-slowly 19/s is not possible; give a rate from 20/s to 1073741824/s"},
		{"-get http://localhost/x -read-slowly 1000k", 2, "is not a rate"},
		{"-get http://localhost/x -o x y", 2, `"y" is one argument too many; -get takes none`},
		{"-get http://localhost/x -o x -command mean", 2, "-get and -command contradict each other; give one of them"},
		{"-get http://localhost/x -o no/such/folder", 1, `cannot write "no/such/folder": `},
		{"-get http://localhost/x -o .", 1, `cannot write ".": it is a directory; name a file in it`},
		{"-command mean no-such.jpg", 1, `cannot open the picture "no-such.jpg"`},
		{"-command mean " + text, 1, "; give a JPEG or PNG file"},
		{"-nonsense", 2, "there is no flag -nonsense; see sockclient -h"},
	} {
		status, stdout, stderr := client(strings.Fields(test.args)...)
		if status != test.status || stdout != "" || !strings.Contains(stderr, test.want) || strings.Count(stderr, "\n") != 1 || !strings.HasPrefix(stderr, "sockclient: ") {
			t.Errorf("%s: status %d, %q, %q; want %d and %q", test.args, status, stdout, stderr, test.status, test.want)
		}
	}
	for flag, want := range map[string]string{"-h": "usage: sockclient [flags] -command WORD PICTURE\n       sockclient [flags] -get URL -o FILE\n", "-version": "sockclient "} {
		if status, stdout, stderr := client(flag); status != 0 || !strings.HasPrefix(stdout, want) || stderr != "" {
			t.Errorf("%s: status %d, %q, %q", flag, status, stdout, stderr)
		}
	}
}
