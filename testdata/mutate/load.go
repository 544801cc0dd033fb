package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// A listing is what go list says of a package.
type listing struct {
	ImportPath, Dir, Export         string
	DepOnly                         bool
	GoFiles, CgoFiles               []string
	Deps, TestGoFiles, XTestGoFiles []string
	TestImports, XTestImports       []string
}

// packages are those of ./..., and all that they import, by their paths.
type packages map[string]*listing

// load compiles the packages of ./... and asks go for what they import.
func load(ctx context.Context, tags string) (packages, error) {
	out, err := goCommand(ctx, "list", "-deps", "-export", "-json", "-tags="+tags, "./...")
	if err != nil {
		return nil, err
	}
	all := packages{}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		p := new(listing)
		if err := d.Decode(p); err == io.EOF {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all[p.ImportPath] = p
	}
}

// resolve returns the paths of the packages that patterns name.
func resolve(ctx context.Context, patterns []string) ([]string, error) {
	out, err := goCommand(ctx, append([]string{"list"}, patterns...)...)
	return strings.Fields(string(out)), err
}

func goCommand(ctx context.Context, args ...string) ([]byte, error) {
	out, err := exec.CommandContext(ctx, "go", args...).Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		err = fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, exit.Stderr)
	}
	return out, err
}

// testing returns the packages that have tests which use the package called
// name: itself first, and then those that use it, fewest dependencies first.
func (all packages) testing(name string) []string {
	uses := func(path string) bool {
		return path == name || all[path] != nil && slices.Contains(all[path].Deps, name)
	}
	var users []string
	for path, p := range all {
		if p.DepOnly || len(p.TestGoFiles)+len(p.XTestGoFiles) == 0 {
			continue
		}
		if uses(path) || slices.ContainsFunc(p.TestImports, uses) || slices.ContainsFunc(p.XTestImports, uses) {
			users = append(users, path)
		}
	}
	order := func(path string) int {
		if path == name {
			return -1
		}
		return len(all[path].Deps)
	}
	slices.SortFunc(users, func(a, b string) int {
		return 2*(order(a)-order(b)) + strings.Compare(a, b)
	})
	return users
}

// A source is the text of one package.
type source struct {
	path     string
	fset     *token.FileSet
	files    []*ast.File
	texts    map[string][]byte // of the files, by their names
	info     types.Info
	importer types.Importer
}

// parse reads the package called name.
func (all packages) parse(name string) (*source, error) {
	p := all[name]
	if p == nil {
		return nil, fmt.Errorf("no package of ./... is called %s", name)
	}
	s := &source{path: name, fset: token.NewFileSet(), texts: map[string][]byte{}}
	for _, base := range p.GoFiles {
		file := filepath.Join(p.Dir, base)
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		f, err := parser.ParseFile(s.fset, file, text, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		s.texts[file] = text
		s.files = append(s.files, f)
	}
	s.importer = importer.ForCompiler(s.fset, "gc", func(path string) (io.ReadCloser, error) {
		if all[path] == nil {
			return nil, fmt.Errorf("go list does not know %s", path)
		}
		return os.Open(all[path].Export)
	})
	s.info = types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}}
	_, err := (&types.Config{Importer: s.importer}).Check(name, s.fset, s.files, &s.info)
	return s, err
}

// compiles reports whether the package is still one with m in it.
func (s *source) compiles(m mutant) bool {
	fset := token.NewFileSet()
	var files []*ast.File
	for name, text := range s.texts {
		if name == m.file {
			text = m.text()
		}
		f, err := parser.ParseFile(fset, name, text, parser.SkipObjectResolution)
		if err != nil {
			return false
		}
		files = append(files, f)
	}
	_, err := (&types.Config{Importer: lockedImporter{s.importer}}).Check(s.path, fset, files, nil)
	return err == nil
}

// A lockedImporter serves several goroutines.
type lockedImporter struct{ types.Importer }

var importing sync.Mutex

func (i lockedImporter) Import(path string) (*types.Package, error) {
	importing.Lock()
	defer importing.Unlock()
	return i.Importer.Import(path)
}
