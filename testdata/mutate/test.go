package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// What becomes of a mutant.
type outcome int

const (
	broken outcome = iota // it does not compile
	seen                  // a test fails
	late                  // the tests take too long
	survived
)

// A tester runs the tests of some packages, one package after another.
type tester struct {
	dir      string // for files of its own
	tags     string
	packages []string
	limits   map[string]time.Duration // for the tests of each package
}

const (
	spareTime    = 5 * time.Second // for tests with a mutant, on a machine that does other things, too
	compileTime  = 5 * time.Minute
	limitMessage = "panic: test timed out after "
)

// calibrate runs the tests without a mutant, and sets the limits.
func (t *tester) calibrate(ctx context.Context) error {
	t.limits = map[string]time.Duration{}
	for _, name := range t.packages {
		// The first time they are compiled.
		for _, run := range []string{"^$", "."} {
			began := time.Now()
			out, err := t.goTest(ctx, name, "-count=1", "-run="+run)
			if err != nil {
				return fmt.Errorf("the tests of %s fail without a mutant: %w\n%s", name, err, out)
			}
			t.limits[name] = 3*time.Since(began) + spareTime
		}
	}
	return nil
}

// test runs the tests with m until one fails.
func (t *tester) test(ctx context.Context, m mutant) outcome {
	dir, err := os.MkdirTemp(t.dir, "")
	if err != nil {
		fail(err)
	}
	defer os.RemoveAll(dir)
	text, overlay := filepath.Join(dir, m.base()), filepath.Join(dir, "overlay.json")
	replace, err := json.Marshal(map[string]any{"Replace": map[string]string{m.file: text}})
	if err != nil {
		fail(err)
	}
	if err := os.WriteFile(text, m.text(), 0o666); err != nil {
		fail(err)
	}
	if err := os.WriteFile(overlay, replace, 0o666); err != nil {
		fail(err)
	}
	for _, name := range t.packages {
		out, err := t.goTest(ctx, name, "-overlay="+overlay, "-failfast", "-timeout="+t.limits[name].String())
		switch {
		case err == nil:
			continue
		case bytes.Contains(out, []byte("[build failed]")):
			return broken
		case bytes.Contains(out, []byte(limitMessage)):
			return late
		}
		return seen
	}
	return survived
}

func (t *tester) goTest(ctx context.Context, name string, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, t.limits[name]+compileTime)
	defer cancel()
	args = append([]string{"test", "-vet=off", "-tags=" + t.tags}, append(args, name)...)
	c := exec.CommandContext(ctx, "go", args...)
	c.WaitDelay = time.Second // for what the tests have started and left behind
	return c.CombinedOutput()
}
