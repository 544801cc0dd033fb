package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// symlinks makes symbolic links, each from a name to a target.
func symlinks(t *testing.T, links ...string) {
	t.Helper()
	for ; len(links) > 0; links = links[2:] {
		if err := os.Symlink(links[1], links[0]); err != nil {
			t.Skip("no links here: ", err)
		}
	}
}

// writeTo writes to an output.
func writeTo(t *testing.T, name, data string) error {
	t.Helper()
	o, err := newOutput(name, nil)
	if err == nil {
		err = o.create()
	}
	if err != nil {
		return err
	}
	if _, err := o.Write([]byte(data)); err != nil {
		t.Fatal(err)
	}
	return o.keep()
}

// What is written to a link goes where it points, whether a file is there or
// not; the link stays.
func TestAnOutputFollowsLinks(t *testing.T) {
	for _, exists := range []bool{false, true} {
		dir := t.TempDir()
		in := func(name string) string { return filepath.Join(dir, filepath.FromSlash(name)) }
		for _, name := range []string{"real/deep", "links"} {
			if err := os.MkdirAll(in(name), 0o777); err != nil {
				t.Fatal(err)
			}
		}
		// The .. in a link is of where the link is, which is itself in a linked
		// directory here.
		symlinks(t, in("links/short"), in("real/deep"), in("real/deep/first"), "../second", in("real/second"), in("target"))
		if exists {
			if err := os.WriteFile(in("target"), []byte("before"), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		if err := writeTo(t, in("links/short/first"), "after"); err != nil {
			t.Fatal(err)
		}
		info, err := os.Lstat(in("target"))
		if err != nil || !info.Mode().IsRegular() {
			t.Fatalf("the target is %v, %v", info, err)
		}
		if got, err := os.ReadFile(in("target")); string(got) != "after" || err != nil {
			t.Errorf("the target has %q, %v", got, err)
		}
		for _, link := range []string{"real/deep/first", "real/second"} {
			if info, err := os.Lstat(in(link)); err != nil || info.Mode()&fs.ModeSymlink == 0 {
				t.Errorf("the link %s is %v, %v", link, info, err)
			}
		}
		if files, err := os.ReadDir(dir); err != nil || len(files) != 3 {
			t.Errorf("left are %v, %v", files, err)
		}
	}
}

func TestAnOutputThatCannotBeIsRefused(t *testing.T) {
	dir := t.TempDir()
	a, b, c := filepath.Join(dir, "a"), filepath.Join(dir, "b"), filepath.Join(dir, "c")
	symlinks(t, a, b, b, a, c, filepath.Join("no", "such", "file"))
	for name, want := range map[string]string{a: "", c: "", dir: "it is a directory; name a file in it", filepath.Join(dir, "d", "e"): ""} {
		if err := writeTo(t, name, "x"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want an error with %q", name, err, want)
		}
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 3 {
		t.Errorf("left are %v, %v", files, err)
	}
}

// With -o - the file goes to standard output, and nothing else does.
func TestGetToStandardOutput(t *testing.T) {
	picture, err := os.ReadFile(galaxy)
	if err != nil {
		t.Fatal(err)
	}
	p := start(t, "sockserverhttp", "-dir", filepath.Dir(galaxy))
	url := "http://localhost:" + p.Port + "/galaxy.jpg"
	if status, stdout, stderr := client("-get", url, "-o", "-"); status != 0 || stdout != string(picture) || stderr != "" {
		t.Errorf("status %d, %d bytes, %q", status, len(stdout), stderr)
	}
	if status, stdout, stderr := client("-get", url+"x", "-o", "-"); status != 1 || stdout != "" || !strings.Contains(stderr, "cannot fetch ") {
		t.Errorf("a missing file: status %d, %d bytes, %q", status, len(stdout), stderr)
	}
	if _, err := os.Lstat("-"); err == nil {
		t.Error("there is a file with the name -")
		os.Remove("-")
	}
}
