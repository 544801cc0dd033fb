package handler

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	nethttp "net/http"
	"sync"
)

// A body is a request's, all of which has come. Other goroutines may read it,
// until the handler returns.
type body struct {
	mu     sync.Mutex
	rest   []byte
	closed bool
}

func (b *body) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.closed:
		return 0, nethttp.ErrBodyReadAfterClose
	case len(b.rest) == 0:
		return 0, io.EOF
	}
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	return n, nil
}

func (b *body) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed, b.rest = true, nil
	return nil
}

// unchunk gives r the body and the trailers of the chunked request that message
// is, as the standard library reads them.
func unchunk(r *nethttp.Request, message []byte) error {
	source := bytes.NewReader(message)
	reader := bufio.NewReader(source)
	again, err := nethttp.ReadRequest(reader)
	var data []byte
	if err == nil {
		data, err = io.ReadAll(again.Body)
	}
	if err == nil && source.Len()+reader.Buffered() > 0 {
		err = errors.New("bytes after the last chunk")
	}
	if err != nil {
		return badChunk(err.Error())
	}
	r.Trailer = again.Trailer
	r.Body = &body{rest: data}
	return nil
}
