// Package documents checks README.md and the other documents beside it: that what
// they link to is there, that their listings are what the sources say, and that
// they do not say the same twice. The module testdata/e2e runs their commands.
package documents

import (
	"flag"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

const root = "../../.."

var update = flag.Bool("update", false, "write the line numbers of the documents' links anew")

// A document is one of the files *.md.
type document struct {
	name, text string
}

func documents(t *testing.T) (all []document) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(root, "*.md"))
	if err != nil || len(names) == 0 {
		t.Fatalf("there are no documents: %v", err)
	}
	for _, name := range names {
		all = append(all, document{filepath.Base(name), read(t, name)})
	}
	return all
}

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(data), "\r\n", "\n")
}

var (
	fence    = regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```$")
	indented = regexp.MustCompile(`(?m)^    .*$`)
	link     = regexp.MustCompile(`\[([^\]\[]+|!\[[^\]]*\]\([^)]*\))\]\(([^)\s]+)\)`)
	heading  = regexp.MustCompile(`(?m)^#+ (.*)$`)
)

// A link to a file must find it there; one to a heading, the heading; and one to
// a line, in that line the declaration of what the link is called. -update writes
// the numbers of such lines anew.
func TestLinks(t *testing.T) {
	all := documents(t)
	anchors := map[string]bool{}
	for _, d := range all {
		for _, h := range heading.FindAllStringSubmatch(fence.ReplaceAllString(d.text, ""), -1) {
			anchors[d.name+"#"+anchor(h[1])] = true
		}
	}
	for _, d := range all {
		text := link.ReplaceAllStringFunc(d.text, func(whole string) string {
			match := link.FindStringSubmatch(whole)
			name, target := match[1], match[2]
			file, place, hasPlace := strings.Cut(target, "#")
			switch {
			case strings.Contains(target, "://"):
			case file == "" || strings.HasSuffix(file, ".md"):
				if file == "" {
					file = d.name
				}
				if _, err := os.Stat(filepath.Join(root, file)); err != nil {
					t.Errorf("%s: %v", d.name, err)
				}
				if hasPlace && !anchors[file+"#"+place] {
					t.Errorf("%s: there is no heading %s#%s", d.name, file, place)
				}
			case !hasPlace:
				if _, err := os.Stat(filepath.Join(root, file)); err != nil {
					t.Errorf("%s: %v", d.name, err)
				}
			default:
				line := declaration(t, file, name)
				if line == 0 {
					t.Errorf("%s: %s has no declaration of %s", d.name, file, name)
					break
				}
				if right := "L" + strconv.Itoa(line); place != right && !*update {
					t.Errorf("%s: %s is in line %d of %s, not %s; go test ./cmd/internal/documents -update mends it", d.name, name, line, file, place)
				} else {
					return strings.Replace(whole, target, file+"#"+right, 1)
				}
			}
			return whole
		})
		if *update && text != d.text {
			if err := os.WriteFile(filepath.Join(root, d.name), []byte(text), 0o666); err != nil {
				t.Error(err)
			}
		}
	}
}

// anchor is what GitHub calls the place of a heading.
func anchor(heading string) string {
	kept := regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(strings.ToLower(heading), "")
	return strings.ReplaceAll(kept, " ", "-")
}

// declaration is the number of the line of a source that declares the last word of
// a link's name, 0 if none does.
func declaration(t *testing.T, file, name string) int {
	t.Helper()
	words := regexp.MustCompile(`\w+`).FindAllString(name, -1)
	declares := regexp.MustCompile(`^(func (\([^)]*\) )?|type |var |const |\t)` + words[len(words)-1] + `\b`)
	for i, line := range strings.Split(read(t, filepath.Join(root, file)), "\n") {
		if declares.MatchString(line) {
			return i + 1
		}
	}
	return 0
}

// A listing stands after a link to its source, and is part of it, line for line.
// A line "// ..." stands for some that are left out. A whole program has no source:
// testdata/e2e builds it.
func TestListings(t *testing.T) {
	listings := 0
	for _, d := range documents(t) {
		for _, at := range fence.FindAllStringSubmatchIndex(d.text, -1) {
			language, listing := d.text[at[2]:at[3]], d.text[at[4]:at[5]]
			if strings.HasPrefix(listing, "package main\n") {
				continue
			}
			extension := map[string]string{"go": ".go", "text": ".txt"}[language]
			source := ""
			for _, match := range link.FindAllStringSubmatch(d.text[:at[0]], -1) {
				if file, _, _ := strings.Cut(match[2], "#"); path.Ext(file) == extension {
					source = file
				}
			}
			if source == "" {
				t.Errorf("%s: no link says where this is from:\n%s", d.name, listing)
				continue
			}
			listings++
			rest := read(t, filepath.Join(root, source))
			for part := range strings.SplitSeq(listing, "// ...\n") {
				_, after, found := strings.Cut("\n"+rest, "\n"+part)
				if !found {
					t.Errorf("%s: this is not in %s:\n%s", d.name, source, part)
					break
				}
				rest = after
			}
		}
	}
	if listings < 5 {
		t.Errorf("there are %d listings in the documents; are they found?", listings)
	}
}

// No sentence is in two documents, nor twice in one.
func TestNothingIsSaidTwice(t *testing.T) {
	said, sentences := map[string]string{}, 0
	for _, d := range documents(t) {
		text := indented.ReplaceAllString(fence.ReplaceAllString(d.text, ""), "")
		text = link.ReplaceAllString(text, "$1")
		for _, sentence := range regexp.MustCompile(`[.!?:;|]\s|\n\n|\n- `).Split(text, -1) {
			words := strings.Fields(sentence)
			if len(words) < 6 {
				continue
			}
			sentences++
			key := strings.ToLower(strings.Join(words, " "))
			if where := said[key]; where != "" {
				t.Errorf("%s and %s both say %q", where, d.name, key)
			}
			said[key] = d.name
		}
	}
	if sentences < 100 {
		t.Errorf("there are %d sentences in the documents; are they found?", sentences)
	}
}

// What LESSON.md says to press is on the page.
func TestThePageHasWhatTheLessonNames(t *testing.T) {
	page, lesson := read(t, filepath.Join(root, "cmd/watch/page/index.html")), read(t, filepath.Join(root, "LESSON.md"))
	labels := regexp.MustCompile(`“([^”]+)”`).FindAllStringSubmatch(lesson, -1)
	for _, label := range labels {
		if name := strings.Join(strings.Fields(label[1]), " "); !strings.Contains(page, ">"+name+"<") {
			t.Errorf("LESSON.md names “%s”, and the page does not", name)
		}
	}
	if len(labels) == 0 {
		t.Error("LESSON.md names nothing on the page; is it found?")
	}
}

// Whoever prints or projects them wants no line that is too long.
func TestLinesAreShort(t *testing.T) {
	for _, d := range documents(t) {
		for i, line := range strings.Split(d.text, "\n") {
			isText := line != "" && !strings.ContainsAny(line[:1], "|[!- ") && !strings.Contains(line, "](")
			if n := len([]rune(line)); isText && n > 90 {
				t.Errorf("%s: line %d has %d characters", d.name, i+1, n)
			}
		}
	}
}

// The listing that is taught stays short, and so does every file.
func TestSizes(t *testing.T) {
	code := map[string]int{} // lines of it, by directory
	files := 0
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		switch filepath.Ext(name) {
		case ".go", ".js", ".css", ".html":
		default:
			return nil
		}
		files++
		lines := strings.Split(read(t, name), "\n")
		if len(lines) > 351 {
			t.Errorf("%s has %d lines", name, len(lines)-1)
		}
		if strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") {
			for _, line := range lines {
				if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "//") {
					code[filepath.Base(filepath.Dir(name))]++
				}
			}
		}
		return nil
	})
	if err != nil || files < 100 {
		t.Errorf("%d files were looked at, %v", files, err)
	}
	for directory, most := range map[string]int{"timer": 300, "sock": 1000, "http": 500} {
		if n := code[directory]; n == 0 || n > most {
			t.Errorf("%s has %d lines of code, want %d at most", directory, n, most)
		}
	}
}
