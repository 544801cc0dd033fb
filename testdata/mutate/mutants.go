package main

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"path/filepath"
	"strings"
)

// A mutant is one change of the text of a file.
type mutant struct {
	kind       string
	file       string
	line       int
	original   []byte
	start, end int // of what is replaced, in the original
	by         string
}

func (m mutant) base() string { return filepath.Base(m.file) }

func (m mutant) compare(n mutant) int {
	if m.file != n.file {
		return strings.Compare(m.file, n.file)
	}
	return m.start - n.start
}

// text is the whole file with the change.
func (m mutant) text() []byte {
	return fmt.Appendf(nil, "%s%s%s", m.original[:m.start], m.by, m.original[m.end:])
}

// String says what is changed where, with the lines as they were and are.
func (m mutant) String() string {
	from := strings.LastIndexByte(string(m.original[:m.start]), '\n') + 1
	rest, _, _ := strings.Cut(string(m.original[m.end:]), "\n")
	lines := func(sign, middle string) string {
		text := string(m.original[from:m.start]) + middle + rest
		return sign + strings.ReplaceAll(text, "\n", "\n"+sign) + "\n"
	}
	return fmt.Sprintf("%s:%d: %s\n%s%s", m.file, m.line, m.kind,
		lines("-", string(m.original[m.start:m.end])), lines("+", m.by))
}

// A finder walks through the package and collects its mutants.
type finder struct {
	*source
	text    []byte         // of the file that it is in
	results []*types.Tuple // of the functions that it is in
	found   []mutant
}

// mutants are all the changes of the package, in the order of the text.
func (s *source) mutants() []mutant {
	f := finder{source: s}
	for _, file := range s.files {
		f.text = s.texts[s.fset.Position(file.Pos()).Filename]
		f.file(file)
	}
	return f.found
}

// replace notes that n may be replaced by another text, in which $ stands for
// what it was.
func (f *finder) replace(kind string, n ast.Node, by string) {
	f.replaceRange(kind, n.Pos(), n.End(), by)
}

func (f *finder) replaceRange(kind string, from, to token.Pos, by string) {
	at, end := f.fset.Position(from), f.fset.Position(to)
	was := string(f.text[at.Offset:end.Offset])
	f.found = append(f.found, mutant{kind, at.Filename, at.Line, f.text, at.Offset, end.Offset, strings.ReplaceAll(by, "$", was)})
}

func (f *finder) file(file *ast.File) {
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Body != nil {
				f.function(d.Body, f.info.Defs[d.Name].Type())
			}
		case *ast.GenDecl:
			if d.Tok != token.IMPORT {
				f.walk(d)
			}
		}
	}
}

// function walks through the body of a function of type t.
func (f *finder) function(body *ast.BlockStmt, t types.Type) {
	f.results = append(f.results, t.(*types.Signature).Results())
	f.walk(body)
	f.results = f.results[:len(f.results)-1]
}

func (f *finder) walk(root ast.Node) {
	ast.Inspect(root, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			f.function(n.Body, f.info.Types[n].Type)
			return false
		case *ast.StructType, *ast.InterfaceType, *ast.ArrayType:
			return false
		case *ast.BlockStmt:
			f.statements(n.List)
		case *ast.CaseClause:
			f.statements(n.Body)
		case *ast.CommClause:
			f.statements(n.Body)
		case *ast.ReturnStmt:
			f.returns(n)
		case *ast.IfStmt:
			f.condition(n.Cond)
		case *ast.ForStmt:
			if n.Cond != nil {
				f.replace("condition", n.Cond, "($) && false")
			}
		case *ast.BinaryExpr:
			f.binary(n)
		case *ast.UnaryExpr:
			f.unary(n)
		case *ast.IncDecStmt:
			opposite := map[token.Token]string{token.INC: "--", token.DEC: "++"}
			f.replaceRange("operator", n.TokPos, n.End(), opposite[n.Tok])
		case *ast.AssignStmt:
			if by := assignments[n.Tok]; by != "" {
				f.replaceRange("operator", n.TokPos, n.TokPos+token.Pos(len(n.Tok.String())), by)
			}
		case *ast.BasicLit:
			if n.Kind == token.INT {
				f.replace("number", n, "($+1)")
			}
		case *ast.CompositeLit:
			f.fields(n)
		}
		return true
	})
}

// statements may be left out. In a branch that is never taken they still use
// what else would be unused.
func (f *finder) statements(list []ast.Stmt) {
	for _, s := range list {
		switch s := s.(type) {
		case *ast.AssignStmt:
			if s.Tok == token.DEFINE {
				continue
			}
			if name, ok := s.Lhs[0].(*ast.Ident); ok && name.Name == "_" {
				continue
			}
		case *ast.DeclStmt, *ast.LabeledStmt, *ast.EmptyStmt:
			continue
		}
		f.replace("statement", s, "if false { $ }")
	}
}

// returns gives another value for each result.
func (f *finder) returns(s *ast.ReturnStmt) {
	results := f.results[len(f.results)-1]
	if results.Len() != len(s.Results) {
		return // none, or those of a call
	}
	for i, e := range s.Results {
		was := string(f.text[f.fset.Position(e.Pos()).Offset:f.fset.Position(e.End()).Offset])
		by := ""
		switch t := results.At(i).Type().Underlying().(type) {
		case *types.Basic:
			switch {
			case t.Info()&types.IsBoolean != 0:
				by = "!(" + was + ")"
			case t.Info()&types.IsString != 0:
				by = `""`
			case t.Info()&types.IsNumeric != 0:
				by = "0"
				if v := f.info.Types[e].Value; v != nil && constant.Sign(v) == 0 {
					by = "1"
				}
			}
		case *types.Pointer, *types.Slice, *types.Map, *types.Chan, *types.Signature, *types.Interface:
			by = "nil"
		}
		if by != "" && by != was {
			f.replace("return", e, by)
		}
	}
}

func (f *finder) condition(e ast.Expr) {
	f.replace("condition", e, "!($)")
	f.replace("condition", e, "($) || true")
	f.replace("condition", e, "($) && false")
}

// What takes an operator's place.
var (
	operators = map[token.Token][]string{
		token.ADD: {"-"}, token.SUB: {"+"}, token.MUL: {"/"}, token.QUO: {"*"}, token.REM: {"*"},
		token.AND: {"|"}, token.OR: {"&"}, token.XOR: {"&"}, token.SHL: {">>"}, token.SHR: {"<<"}, token.AND_NOT: {"&"},
		token.LSS: {"<=", ">="}, token.LEQ: {"<", ">"}, token.GTR: {">=", "<="}, token.GEQ: {">", "<"},
		token.EQL: {"!="}, token.NEQ: {"=="},
		token.LAND: {"||"}, token.LOR: {"&&"},
	}
	assignments = map[token.Token]string{
		token.ADD_ASSIGN: "-=", token.SUB_ASSIGN: "+=", token.MUL_ASSIGN: "/=", token.QUO_ASSIGN: "*=",
		token.REM_ASSIGN: "*=", token.AND_ASSIGN: "|=", token.OR_ASSIGN: "&=", token.SHL_ASSIGN: ">>=",
		token.SHR_ASSIGN: "<<=", token.AND_NOT_ASSIGN: "|=", token.XOR_ASSIGN: "|=",
	}
)

func (f *finder) binary(e *ast.BinaryExpr) {
	for _, by := range operators[e.Op] {
		f.replaceRange("operator", e.OpPos, e.OpPos+token.Pos(len(e.Op.String())), by)
	}
	switch e.Op {
	case token.LAND: // one side always holds
		f.replace("condition", e.X, "(($) || true)")
		f.replace("condition", e.Y, "(($) || true)")
	case token.LOR: // one side never holds
		f.replace("condition", e.X, "(($) && false)")
		f.replace("condition", e.Y, "(($) && false)")
	}
}

func (f *finder) unary(e *ast.UnaryExpr) {
	switch e.Op {
	case token.NOT, token.SUB:
		f.replaceRange("operator", e.OpPos, e.X.Pos(), "")
	}
}

// fields of a struct, or elements of a map, that are named may be left out.
func (f *finder) fields(e *ast.CompositeLit) {
	for i, element := range e.Elts {
		if _, ok := element.(*ast.KeyValueExpr); !ok {
			return
		}
		end := e.Rbrace
		if i+1 < len(e.Elts) {
			end = e.Elts[i+1].Pos()
		}
		f.replaceRange("field", element.Pos(), end, "")
	}
}
