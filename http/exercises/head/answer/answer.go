// Package answer is SockHTTP with HEAD, which asks for what GET would send before
// the file (RFC 9110, section 9.3.2).
package answer

import (
	nethttp "net/http"
	"strings"

	"sockhttp/http"
	"sockhttp/sock"
)

// Routine returns a routine that takes SockHTTP's steps, made of the parts that
// package http exports.
func Routine(directory *http.Directory) sock.Routine {
	return func(client *sock.Unit) {
		// (1) Read HTTP header.
		request, _, err := directory.ReadRequest(client)
		if err != nil {
			http.Refuse(client, err)
			return
		}
		if request == nil {
			return // the rest comes with a later callback
		}

		// (2) Bail if neither GET nor HEAD.
		if request.Method != nethttp.MethodGet && request.Method != nethttp.MethodHead {
			http.Refuse(client, &http.StatusError{Status: nethttp.StatusBadRequest, Detail: "use GET or HEAD"})
			return
		}

		// (3) Check if the requested file exists in the directory and get its
		// size. Bail if not found.
		file, size, err := directory.Open(strings.TrimPrefix(request.URL.Path, "/"))
		if err != nil {
			http.Refuse(client, err)
			return
		}

		// (4) Send the requested file, unless only its head was asked for. SendFile
		// closes the file, and nobody else would.
		http.WriteHead(client, "200 OK", "application/octet-stream", size)
		if request.Method == nethttp.MethodHead {
			file.Close()
		} else {
			client.SendFile(file, 0, size)
		}
		client.Free()
	}
}
