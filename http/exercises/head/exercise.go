// Package head is an exercise of EXERCISES.md: SockHTTP with HEAD.
package head

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

		// (2) Bail if not GET.
		if request.Method != nethttp.MethodGet {
			http.Refuse(client, &http.StatusError{Status: nethttp.StatusBadRequest, Detail: "use GET"})
			return
		}

		// (3) Check if the requested file exists in the directory and get its
		// size. Bail if not found.
		file, size, err := directory.Open(strings.TrimPrefix(request.URL.Path, "/"))
		if err != nil {
			http.Refuse(client, err)
			return
		}

		// (4) Send the requested file.
		http.WriteHead(client, "200 OK", "application/octet-stream", size)
		client.SendFile(file, 0, size)
		client.Free()
	}
}
