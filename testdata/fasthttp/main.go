// Command fasthttp is fasthttp's file server, for sockbench to measure:
//
//	fasthttp ADDRESS DIRECTORY
package main

import (
	"fmt"
	"os"

	"github.com/valyala/fasthttp"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: fasthttp ADDRESS DIRECTORY")
		os.Exit(2)
	}
	files := fasthttp.FS{Root: os.Args[2], AcceptByteRange: true, GenerateIndexPages: true}
	if err := fasthttp.ListenAndServe(os.Args[1], files.NewRequestHandler()); err != nil {
		fmt.Fprintln(os.Stderr, "fasthttp:", err)
		os.Exit(1)
	}
}
