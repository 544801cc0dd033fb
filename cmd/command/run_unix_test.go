//go:build unix

package command_test

import (
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"sockhttp/cmd/command"
	"sockhttp/timer"

	"github.com/benbjohnson/clock"
)

// Who is told that a server listens may stop it at once.
func TestASignalBeforeRun(t *testing.T) {
	var stderr strings.Builder
	log := command.NewLog("hello", &stderr, &stderr, command.Normal)
	log.Listening(8000, "send it anything")
	if err := syscall.Kill(os.Getpid(), syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	grace := time.Duration(0)
	command.RunUntil(timer.NewQueue(clock.New()), log, func(g time.Duration, done func()) {
		grace = g
		done()
	})
	log.Close()
	if grace != 5*time.Second || !strings.Contains(stderr.String(), "hello: stopping when the replies under way are sent, within 5s") {
		t.Errorf("it stops within %v, and says\n%s", grace, &stderr)
	}
}
