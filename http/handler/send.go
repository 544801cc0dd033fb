package handler

import (
	"bytes"
	nethttp "net/http"
	"strconv"
	"time"

	"sockhttp/http"
	"sockhttp/sock"
)

// send queues the reply, of which head is used for the head, and reports whether
// another may follow on the connection.
func (w *response) send(client *sock.Unit, head *bytes.Buffer) (keep bool) {
	client.Write(w.early.Bytes())
	if w.failed != nil {
		w.file.close()
		http.Refuse(client, w.failed)
		return false
	}
	head.Reset()
	keep = w.writeHead(head, client.Now())
	client.Note(statusText(w.status) + w.detail)
	client.Write(head.Bytes())
	if w.isHead() {
		w.file.close()
		return keep
	}
	client.Write(w.body)
	for _, piece := range w.shared {
		client.SendBytes(piece)
	}
	if w.file.file != nil {
		client.SendFile(w.file.file, w.file.offset, w.file.size)
	}
	return keep
}

// writeHead writes the head of the reply. Like net/http's server, it adds what
// the handler's header lacks and takes out what the reply cannot have. It
// reports whether the connection is kept.
func (w *response) writeHead(b *bytes.Buffer, now time.Time) (keep bool) {
	contentLength, contentType := w.describeBody()
	keep, connection := w.keepAlive()
	delete(w.sent, "Transfer-Encoding") // nothing is sent in another form than it has here

	version := "HTTP/1.1 "
	if !w.request.ProtoAtLeast(1, 1) {
		version = "HTTP/1.0 "
	}
	b.WriteString(version)
	b.WriteString(statusText(w.status))
	b.WriteString("\r\n")
	w.sent.Write(b)
	if !has(w.sent, "Date") {
		b.WriteString("Date: ")
		b.Write(now.UTC().AppendFormat(b.AvailableBuffer(), nethttp.TimeFormat))
		b.WriteString("\r\n")
	}
	for _, field := range [...]struct{ name, value string }{{"Content-Length: ", contentLength}, {"Content-Type: ", contentType}, {"Connection: ", connection}} {
		if field.value != "" {
			b.WriteString(field.name)
			b.WriteString(field.value)
			b.WriteString("\r\n")
		}
	}
	b.WriteString("\r\n")
	return keep
}

// describeBody returns the fields about the body that the handler has left out.
func (w *response) describeBody() (contentLength, contentType string) {
	if !bodyAllowed(w.status) {
		delete(w.sent, "Content-Length")
		if w.status == nethttp.StatusNotModified {
			delete(w.sent, "Content-Type")
		}
		return "", ""
	}
	if !has(w.sent, "Content-Length") && (!w.isHead() || w.written > 0) {
		w.length = w.written
		contentLength = strconv.FormatInt(w.written, 10)
	}
	if !has(w.sent, "Content-Type") && w.sent.Get("Content-Encoding") == "" && w.sent.Get("Transfer-Encoding") == "" && len(w.body) > 0 {
		contentType = nethttp.DetectContentType(w.body)
	}
	return contentLength, contentType
}

// keepAlive reports whether the connection is kept (RFC 9112, section 9.3), and
// what is to be said of that in Connection if not what the handler has.
func (w *response) keepAlive() (keep bool, connection string) {
	allowed, http10 := bodyAllowed(w.status), !w.request.ProtoAtLeast(1, 1)
	keep = !w.request.Close
	if http10 {
		keep = hasToken(w.request.Header["Connection"], "keep-alive") && (w.isHead() || w.length >= 0 || !allowed)
	}
	if w.isLast || w.sent.Get("Connection") == "close" || !w.isWhole() {
		keep = false // another needs the place, the handler wants it, or it wrote less than it said
	}
	switch {
	case w.status == nethttp.StatusSwitchingProtocols: // no reader of another protocol is here
		return false, ""
	case keep && http10 && !has(w.sent, "Connection"):
		return true, "keep-alive"
	case keep, hasToken(w.sent["Connection"], "close"):
		return keep, ""
	}
	delete(w.sent, "Connection")
	if http10 {
		return false, "" // it closes without being told
	}
	return false, "close"
}

// isWhole reports whether the body is as long as was said.
func (w *response) isWhole() bool {
	return !bodyAllowed(w.status) || w.isHead() || w.length == w.written
}

func has(header nethttp.Header, name string) bool {
	_, ok := header[name]
	return ok
}
