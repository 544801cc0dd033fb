//go:build !race

package socktest_test

const defaultSeeds = 400
