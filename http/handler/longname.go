//go:build !windows

package handler

// longName is name: only Windows gives files a second one.
func longName(root, name string) (string, error) { return name, nil }
