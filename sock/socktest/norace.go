//go:build !race

package socktest

const raceDetector = false
