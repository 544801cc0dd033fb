package swarm

import (
	"testing"

	"sockhttp/sock/socktest"
)

// TestSwarm plays the whole server, at either pace, with SockHTTP, PostedHTTP
// or a handler, against crowds of clients and faults that are drawn from a
// seed, and checks all that a server promises: see checker and the judges.
func TestSwarm(t *testing.T) {
	socktest.Swarm(t, 200, func(t testing.TB) func(*socktest.Play) {
		files := newFiles(t)
		return func(p *socktest.Play) { Play(files, p) }
	})
}

// newFiles makes a folder to be served.
func newFiles(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	if err := WriteFiles(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}
