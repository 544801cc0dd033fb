package main

import "math"

// step rises smoothly from 0 at a to 1 at b.
func step(a, b, x float64) float64 {
	t := math.Max(0, math.Min(1, (x-a)/(b-a)))
	return t * t * (3 - 2*t)
}

// clouds is noise between 0 and 1 with details of many sizes, each half the
// one before it.
func clouds(x, y float64, details int, seed uint32) float64 {
	sum, weight, total := 0.0, 1.0, 0.0
	for i := range details {
		sum += weight * noise(x, y, seed+uint32(i)*101)
		total += weight
		weight *= 0.55
		x, y = 2.03*x+11.7, 2.03*y+5.3
	}
	return sum / total
}

// noise is smooth noise between 0 and 1 with details of size 1.
func noise(x, y float64, seed uint32) float64 {
	fx, fy := math.Floor(x), math.Floor(y)
	ix, iy := int32(fx), int32(fy)
	tx, ty := x-fx, y-fy
	tx, ty = tx*tx*(3-2*tx), ty*ty*(3-2*ty)
	top := lattice(ix, iy, seed)*(1-tx) + lattice(ix+1, iy, seed)*tx
	bottom := lattice(ix, iy+1, seed)*(1-tx) + lattice(ix+1, iy+1, seed)*tx
	return top*(1-ty) + bottom*ty
}

// lattice is a number from 0 to 1 for a point with whole coordinates.
func lattice(x, y int32, seed uint32) float64 {
	h := uint32(x)*0x9e3779b1 ^ uint32(y)*0x85ebca77 ^ seed*0xc2b2ae3d
	h ^= h >> 15
	h *= 0x2c1b3c6d
	h ^= h >> 12
	h *= 0x297a2d39
	h ^= h >> 15
	return float64(h) / math.MaxUint32
}
