package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// A usage is what a process has used since its start.
type usage struct {
	processor      time.Duration
	resident, peak int64 // bytes of memory, now and at most
}

var errNoUsage = errors.New("what a process uses is read from /proc, which this system does not have")

// usage is what p has used. It fails with errNoUsage unless the system is Linux.
func (p *process) usage() (u usage, err error) {
	proc := fmt.Sprintf("/proc/%d/", p.Process.Pid)
	threads, _ := filepath.Glob(proc + "task/*/schedstat")
	if len(threads) == 0 {
		return u, errNoUsage
	}
	for _, thread := range threads {
		stat, err := os.ReadFile(thread)
		if err != nil {
			continue // the thread has ended
		}
		// The first number is the time on a processor, in nanoseconds.
		var ns int64
		if _, err := fmt.Sscan(string(stat), &ns); err != nil {
			return u, err
		}
		u.processor += time.Duration(ns)
	}
	status, err := os.ReadFile(proc + "status")
	if err != nil {
		return u, err
	}
	for line := range bytes.Lines(status) {
		fields := bytes.Fields(line)
		if len(fields) < 3 {
			continue
		}
		kilobytes, _ := strconv.ParseInt(string(fields[1]), 10, 64)
		switch string(fields[0]) {
		case "VmRSS:":
			u.resident = kilobytes << 10
		case "VmHWM:":
			u.peak = kilobytes << 10
		}
	}
	return u, nil
}

// processorUse is how much of a processor each process uses during d, in
// percent.
func processorUse(processes []*process, d time.Duration) (percent []float64, err error) {
	before := make([]usage, len(processes))
	for i, p := range processes {
		if before[i], err = p.usage(); err != nil {
			return nil, err
		}
	}
	begun := time.Now()
	time.Sleep(d)
	for i, p := range processes {
		after, err := p.usage()
		if err != nil {
			return nil, err
		}
		percent = append(percent, 100*(after.processor-before[i].processor).Seconds()/time.Since(begun).Seconds())
	}
	return percent, nil
}

// loadAverage tells how busy the machine was in the last minute, so that a table from
// a busy one is seen as such; nothing where the system does not tell.
func loadAverage() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return ""
	}
	load, _, _ := strings.Cut(string(text), " ")
	return "; the load average was " + load + " before"
}
