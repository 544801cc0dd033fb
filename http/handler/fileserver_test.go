package handler_test

import (
	"bytes"
	"fmt"
	"html"
	nethttp "net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"sockhttp/sock/socktest"
)

// TestFilesAsNetHTTP compares the replies with those of the standard library's
// file server on its own server, which are made to say nosniff, too.
func TestFilesAsNetHTTP(t *testing.T) {
	w := newFileWorld(t, false, map[string]string{
		"hello.txt": content, "empty": "", "page.html": "<p>hi", "unknown": "\x00\x01", "digits": strings.Repeat("0123456789", 10_000),
		"folder/index.html": "<p>index", "folder/sub/x": "x", "a b.txt": "blank", "%41": "percent",
	})
	standard := nethttp.HandlerFunc(func(rw nethttp.ResponseWriter, r *nethttp.Request) {
		rw.Header().Set("X-Content-Type-Options", "nosniff")
		nethttp.FileServer(nethttp.Dir(w.dir)).ServeHTTP(rw, r)
	})
	for _, request := range []string{
		"/hello.txt", "/empty", "/page.html", "/unknown", "/digits", "/a%20b.txt", "/%2541", "/hello.txt?query",
		"/folder", "/folder?query", "/folder/", "/folder/?query", "/folder/index.html", "/folder/./", "/folder/sub/..", "/folder/.", "/folder/../hello.txt",
		"//hello.txt", "/hello.txt/", "/folder/sub", "/folder//sub/x", "/../hello.txt", "http://b/hello.txt",
		"/hello.txt\nIf-Modified-Since: Sat, 03 Feb 2001 04:05:06 GMT", "/hello.txt\nIf-Modified-Since: Sat, 03 Feb 2001 04:05:05 GMT",
		"/hello.txt\nIf-Modified-Since: nonsense", "/hello.txt\nIf-Unmodified-Since: Sat, 03 Feb 2001 04:05:05 GMT",
		"/hello.txt\nIf-None-Match: *", "/hello.txt\nIf-Match: \"x\"", "/folder/\nIf-Modified-Since: Sat, 03 Feb 2001 04:05:06 GMT",
		"/digits\nRange: bytes=0-9", "/digits\nRange: bytes=50000-", "/digits\nRange: bytes=-3", "/digits\nRange: bytes=100000-", "/digits\nRange: bytes=5-4",
		"/digits\nRange: chars=0-9", "/digits\nRange: bytes=99999-", "/digits\nRange: bytes=0-\nIf-Range: Sat, 03 Feb 2001 04:05:06 GMT",
		"/digits\nRange: bytes=0-\nIf-Range: Sat, 03 Feb 2001 04:05:07 GMT", "/empty\nRange: bytes=0-", "/folder/\nRange: bytes=1-2",
	} {
		for _, method := range []string{"GET", "HEAD"} {
			name, fields, _ := strings.Cut(request, "\n")
			if fields != "" {
				fields = strings.ReplaceAll(fields, "\n", "\r\n") + "\r\n"
			}
			input := method + " " + name + " HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n"
			c := w.Connect(script(w.Now(), socktest.Send(input+lastRequest)))
			w.Run(w.Now() + patience)
			w.WantIdle(t)
			got, want := replies(t, input, string(c.Received)), replies(t, input, onNetHTTP(t, standard, input))
			if len(got) != 2 || got[0] != want[0] {
				t.Errorf("%q: the replies are\n%.1000s\nand with net/http\n%.1000s", input, strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		}
	}
}

// Many ranges, or several of a large file, would be made in memory; all of the
// file is not.
func TestSeveralRanges(t *testing.T) {
	w := newFileWorld(t, false, map[string]string{"large": strings.Repeat("x", 64<<10+1), "small": strings.Repeat("x", 64<<10)})
	for _, test := range []struct {
		path   string
		ranges int
		want   int
	}{{"/small", 16, 206}, {"/small", 17, 200}, {"/small", 3000, 200}, {"/large", 1, 206}, {"/large", 2, 200}} {
		ranges := strings.TrimSuffix(strings.Repeat("1-2,", test.ranges), ",")
		r, body := w.fetch(t, test.path, "Range: bytes="+ranges)
		if r.StatusCode != test.want || test.want == 200 && len(body) < 64<<10 || test.want == 206 && strings.Count(body, "xx") != test.ranges {
			t.Errorf("%d ranges of %s: %s, %d bytes", test.ranges, test.path, r.Status, len(body))
		}
	}
}

// What is not to be had, and why, by the words of the refusal.
func TestFilesRefused(t *testing.T) {
	files := map[string]string{"hello.txt": content, ".secret": "secret", ".git/config": "secret", "sub/.secret": "secret", "sub/x": "x"}
	for _, dotfiles := range []bool{false, true} {
		w := newFileWorld(t, dotfiles, files)
		for _, name := range []string{"/.secret", "/.git/config", "/.git/", "/.git", "/sub/.secret", "/sub/../.secret", "/%2esecret", "/.git/../hello.txt"} {
			want := 404
			if dotfiles {
				want = map[string]int{"/.git": 301}[name]
			}
			if name == "/.git/../hello.txt" || dotfiles && want == 0 {
				want = 200
			}
			if r, body := w.fetch(t, name); r.StatusCode != want || (want == 404) != strings.HasPrefix(body, "404 Not Found: no such file here") {
				t.Errorf("GET %s: %s %q, want %d", name, r.Status, body, want)
			}
		}
		for _, name := range []string{"/missing", "/missing/", "/missing/index.html", "/hello.txt/x", "/a%00b", "/" + strings.Repeat("x", 5000), "/sub/..%2f..%2fhello.txt%00"} {
			if r, body := w.fetch(t, name); r.StatusCode != 404 {
				t.Errorf("GET %.100s: %s %q, want 404", name, r.Status, body)
			}
		}
		for _, method := range []string{"POST", "PUT", "DELETE", "OPTIONS", "get", "BREW"} {
			c := w.Connect(script(w.Now(), socktest.Send(method+" /hello.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"+getHello), socktest.CloseWrite()))
			w.Run(w.Now() + patience)
			want := fmt.Sprintf("405 405 Method Not Allowed: %q is not answered here; use GET or HEAD\n", method)
			wantStatuses(t, c.Received, want, "404 404 Not Found: no such file here; check the name in the address\n")
			if !bytes.Contains(c.Received, []byte("\r\nAllow: GET, HEAD\r\n")) {
				t.Errorf("%s: %q has no Allow", method, c.Received)
			}
		}
	}
}

// A name that Windows may have given to a file beside its own is hidden only if
// the file is. And no file has a second address, on any system.
func TestNamesOfWindows(t *testing.T) {
	w := newFileWorld(t, false, map[string]string{"IMG_20261124_120000~2.jpg": "", "note~1.txt": "", "a~1": "", "sub~1/b~2": ""})
	_, page := w.fetch(t, "/")
	for _, name := range []string{"IMG_20261124_120000~2.jpg", "note~1.txt", "a~1", "sub~1/"} {
		if r, _ := w.fetch(t, "/"+name); r.StatusCode != 200 || !strings.Contains(page, name) {
			t.Errorf("%s: %s; it must be listed in\n%s", name, r.Status, page)
		}
	}
	if r, _ := w.fetch(t, "/sub~1/b~2"); r.StatusCode != 200 {
		t.Errorf("in a folder: %s", r.Status)
	}
	for _, name := range []string{"/a~1.", "/a~1%20", "/sub~1./b~2", "/sub~1%5Cb~2", "/.%5Ca~1", "/b~1"} {
		if r, _ := w.fetch(t, name); r.StatusCode != 404 {
			t.Errorf("%s: %s, want 404", name, r.Status)
		}
	}
}

// HFS+ ignores some characters, so that one before a period does not count.
func TestIgnoredCharacterBeforeAPeriod(t *testing.T) {
	for _, r := range "\u200c\u200f\u202a\u202e\u206a\u206f\ufeff" {
		w := newFileWorld(t, false, map[string]string{string(r) + ".secret": "secret", "a" + string(r) + ".txt": content})
		if r, body := w.fetch(t, "/"+url.PathEscape(string(r)+".secret")); r.StatusCode != 404 {
			t.Errorf("%s: %q", r.Status, body)
		}
		if r, body := w.fetch(t, "/"+url.PathEscape("a"+string(r)+".txt")); r.StatusCode != 200 {
			t.Errorf("not at the beginning: %s: %q", r.Status, body)
		}
	}
}

var link = regexp.MustCompile(`<a href="([^"]*)">([^<]*)</a></td><td>(?:<span title="([0-9]+) bytes">([^<]*)</span>)?</td><td>([^<]*)</td>`)

// A listing has a link to each file and folder that can be had, whatever it is
// called, and to nothing else.
func TestListing(t *testing.T) {
	names := []string{"a b.txt", "100%.txt", "%41", "a&b;c.txt", "[x]", "ünï.txt", "x;y=z,@!$+()", "..x", ".hidden", "Zeta", "alpha", "it's", "~a", "README.md"}
	if runtime.GOOS != "windows" {
		names = append(names, "<script>alert(1)", `"quoted"`, "what?#1", "javascript:alert(1)", "a:b", `back\slash`, "new\nline", " blank ")
	}
	files := map[string]string{"page/index.html": "the index", "index.htm": "no index"}
	for _, name := range names {
		files[name] = "file " + name
		files["Folder of "+name+"/x"] = "x"
	}
	w := newFileWorld(t, false, files)
	outside := filepath.Join(t.TempDir(), "outside")
	writeFile(t, outside, "secret")
	for name, target := range map[string]string{"out": outside, "dangling": "nothing", "within": "alpha"} {
		if err := os.Symlink(target, filepath.Join(w.dir, name)); err != nil {
			t.Log("no links are tried here: ", err)
			continue
		}
		if name == "within" {
			names, files[name] = append(names, name), files["alpha"]
			continue
		}
		if r, body := w.fetch(t, "/"+name); r.StatusCode != 404 {
			t.Errorf("a link to %s: %s, %q", target, r.Status, body)
		}
	}
	r, page := w.fetch(t, "/")
	if r.StatusCode != 200 || r.Header.Get("Content-Type") != "text/html; charset=utf-8" || !strings.HasPrefix(r.Header.Get("Content-Security-Policy"), "default-src 'none';") {
		t.Errorf("the listing comes with %s %v", r.Status, r.Header)
	}
	if strings.Contains(page, "<script") || !strings.Contains(page, `<meta name="viewport" content="width=device-width`) {
		t.Errorf("the listing is\n%s", page)
	}
	here := &url.URL{Scheme: "http", Host: "a", Path: "/"}
	var got, folders []string
	for _, m := range link.FindAllStringSubmatch(page, -1) {
		to, err := here.Parse(html.UnescapeString(m[1]))
		if err != nil || to.Host != "a" {
			t.Fatalf("%q links to %v, %v", m[0], to, err)
		}
		r, body := w.fetch(t, to.RequestURI())
		if r.StatusCode != 200 {
			t.Errorf("%q gives %s", m[1], r.Status)
		}
		name := strings.TrimPrefix(to.Path, "/")
		if html.UnescapeString(m[2]) != name {
			t.Errorf("%q is shown as %q", name, m[2])
		}
		if folder, ok := strings.CutSuffix(name, "/"); ok {
			folders = append(folders, folder)
			if m[3] != "" || len(got) > 0 {
				t.Errorf("a folder is shown as %q", m[0])
			}
			continue
		}
		got = append(got, name)
		if body != files[name] {
			t.Errorf("%q gives %q", m[1], body)
		}
		if m[3] != fmt.Sprint(len(files[name])) || m[4] != m[3]+" B" || m[5] != fileTime.Local().Format("2006-01-02 15:04") {
			t.Errorf("%s is shown with %q", name, m[3:])
		}
	}
	var want, wantFolders []string
	for _, name := range append(names, "index.htm") {
		if name[0] != '.' {
			want = append(want, name)
		}
		if name != "index.htm" && name != "within" {
			wantFolders = append(wantFolders, "Folder of "+name)
		}
	}
	wantFolders = append(wantFolders, "page")
	for _, list := range [][]string{want, wantFolders} {
		slices.SortFunc(list, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
	}
	if !slices.Equal(got, want) {
		t.Errorf("listed are the files\n%q\nwant\n%q", got, want)
	}
	if !slices.Equal(folders, wantFolders) {
		t.Errorf("listed are the folders\n%q\nwant\n%q", folders, wantFolders)
	}
	if strings.Contains(page, `href="../"`) {
		t.Error("the folder served has a parent link")
	}
	if _, page := w.fetch(t, "/Folder%20of%20alpha/"); !strings.Contains(page, `<a href="../">../</a>`) || !strings.Contains(page, "<h1>/Folder of alpha/</h1>") {
		t.Errorf("another folder's listing is\n%s", page)
	}
}

// Folders that are empty, or have very much in them.
func TestListingLimits(t *testing.T) {
	w := newFileWorld(t, false, map[string]string{".hidden": "", "index.html/x": ""})
	if err := os.RemoveAll(filepath.Join(w.dir, "index.html", "x")); err != nil {
		t.Fatal(err)
	}
	if _, page := w.fetch(t, "/"); strings.Count(page, "<tr>") != 1 || !strings.Contains(page, `href="./index.html/"`) {
		t.Errorf("a folder called index.html is listed as\n%s", page)
	}
	if _, page := w.fetch(t, "/index.html/"); strings.Count(page, "<tr>") != 1 || !strings.Contains(page, "The folder is empty.") {
		t.Errorf("an empty folder is listed as\n%s", page)
	}
	w.newDirectory(t, "many", "%d", 5000)
	w.newDirectory(t, "many", ".%d", 10) // these do not count
	if _, page := w.fetch(t, "/many/"); strings.Count(page, "<tr>") != 5001 || strings.Contains(page, "more names") {
		t.Error("5000 names are not all listed")
	}
	writeFile(t, filepath.Join(w.dir, "many", "5000"), "")
	if _, page := w.fetch(t, "/many/"); strings.Count(page, "<tr>") != 5001 || !strings.Contains(page, "more names than the 5000 shown") {
		t.Error("of 5001 names, 5000 should be listed")
	}
}

// Sizes are rounded to two or three digits.
func TestSizes(t *testing.T) {
	w := newFileWorld(t, false, nil)
	want := map[int64]string{0: "0 B", 999: "999 B", 1000: "1.0 kB", 1049: "1.0 kB", 1051: "1.1 kB", 9949: "9.9 kB", 9951: "10 kB", 99_500: "100 kB", 999_499: "999 kB", 999_500: "1.0 MB", 4 << 30: "4.3 GB"}
	for size := range want {
		name := filepath.Join(w.dir, fmt.Sprint(size))
		writeFile(t, name, "")
		if err := os.Truncate(name, size); err != nil {
			t.Skip("no sparse files here: ", err)
		}
	}
	_, page := w.fetch(t, "/")
	for _, m := range link.FindAllStringSubmatch(page, -1) {
		var size int64
		fmt.Sscan(m[2], &size)
		if m[4] != want[size] {
			t.Errorf("%d bytes are shown as %q, want %q", size, m[4], want[size])
		}
		delete(want, size)
	}
	if len(want) > 0 {
		t.Errorf("not listed: %v", want)
	}
}
