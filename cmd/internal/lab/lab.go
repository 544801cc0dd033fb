// Package lab is the laboratory of the page: it plays scenarios on the simulated
// network, by the same code as the tests, and answers with the whole history and
// its picture.
//
// It is asked by short polls. POST /lab/play takes a [question] and returns the
// number of its answer; GET /lab/answers/N returns that, or 204 while it is not
// there. What takes time happens on a goroutine of its own, so that the server that
// serves the page goes on.
package lab

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	nethttp "net/http"
	"strconv"
	"sync"

	"sockhttp/cmd/lanes"
	"sockhttp/http/scenario"
)

//go:embed page
var files embed.FS

// Limits of what is kept.
const (
	maxWaiting = 4 // questions that have no answer yet
	maxAnswers = 6
	maxPlayed  = 2 // scenarios, of up to 40 MB
)

// Handler returns the laboratory's handler for the paths from /lab/ on. It never
// waits. Who may ask is for the caller to check.
func Handler() nethttp.Handler {
	page, err := fs.Sub(files, "page")
	if err != nil {
		panic(err) // the name is that of the directive above
	}
	l := &laboratory{answers: map[int][]byte{}}
	mux := nethttp.NewServeMux()
	mux.Handle("GET /lab/", nethttp.StripPrefix("/lab/", nethttp.FileServerFS(page)))
	mux.HandleFunc("GET /lab/lanes.css", func(w nethttp.ResponseWriter, _ *nethttp.Request) {
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		fmt.Fprint(w, lanes.Style)
	})
	mux.HandleFunc("GET /lab/examples", func(w nethttp.ResponseWriter, _ *nethttp.Request) {
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(scenario.Histories)
	})
	mux.HandleFunc("POST /lab/play", l.play)
	mux.HandleFunc("GET /lab/answers/{number}", l.answer)
	return mux
}

// A laboratory is what is being played, and what was.
type laboratory struct {
	working sync.Mutex // is held while one question is worked at
	played  []played   // the latest last

	mu      sync.Mutex // of what follows
	waiting int
	last    int            // question
	answers map[int][]byte // by its number; nil while it waits
}

func (l *laboratory) play(w nethttp.ResponseWriter, r *nethttp.Request) {
	var q question
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
		nethttp.Error(w, "this is not a question: "+err.Error(), nethttp.StatusBadRequest)
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.waiting == maxWaiting {
		nethttp.Error(w, "the laboratory is busy with other scenarios; try again in a moment", nethttp.StatusServiceUnavailable)
		return
	}
	l.waiting++
	l.last++
	number := l.last
	l.answers[number] = nil
	delete(l.answers, number-maxAnswers)
	go func() {
		answer := l.work(&q)
		l.mu.Lock()
		defer l.mu.Unlock()
		l.waiting--
		if _, wanted := l.answers[number]; wanted {
			l.answers[number] = answer
		}
	}()
	w.WriteHeader(nethttp.StatusAccepted)
	fmt.Fprint(w, number)
}

func (l *laboratory) answer(w nethttp.ResponseWriter, r *nethttp.Request) {
	number, _ := strconv.Atoi(r.PathValue("number")) // of what is not a number there is no answer
	l.mu.Lock()
	answer, known := l.answers[number]
	l.mu.Unlock()
	switch {
	case !known:
		nethttp.Error(w, "there is no such answer, or no longer", nethttp.StatusNotFound)
	case answer == nil:
		w.WriteHeader(nethttp.StatusNoContent)
	default:
		w.Header().Set("Content-Type", "application/json")
		w.Write(answer)
	}
}
