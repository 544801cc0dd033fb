package tcp

import (
	"testing"
	"time"

	"sockhttp/sock"
)

// Another goroutine ends the wait of an Accept, whenever it does so, and no
// later one.
func TestSeamInterrupt(t *testing.T) {
	onSeams(t, func(t *testing.T, l sock.Listener) {
		for range 200 {
			ended := make(chan struct{})
			go func() {
				l.Interrupt()
				close(ended)
			}()
			_, err := l.Accept(long)
			wantTimeout(t, "interrupted", err)
			<-ended
		}
		const wait = 5 * time.Millisecond
		began := time.Now()
		_, err := l.Accept(wait)
		wantTimeout(t, "not interrupted", err)
		if waited := time.Since(began); waited < wait {
			t.Errorf("a wait of %v was over after %v", wait, waited)
		}
	})
}
