//go:build race

package socktest_test

// The race detector makes a seed fifteen times slower, and has nothing to find
// where there is one goroutine.
const defaultSeeds = 50
