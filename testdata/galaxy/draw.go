package main

import (
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"sync"
)

const (
	width, height = 1280, 860

	centerX, centerY = 655, 432
	radius           = 545   // of the disc, in pixels
	turn             = -0.42 // of its long axis from the horizontal
	flatness         = 0.56  // cosine of its inclination
	winding          = 2.75  // 1/tan of the pitch angle of the arms
)

// A light is an amount of red, green and blue, without an upper bound.
type light [3]float64

func (l light) times(f float64) light { return light{l[0] * f, l[1] * f, l[2] * f} }

func (l *light) add(m light) {
	for i := range l {
		l[i] += m[i]
	}
}

var (
	sky      = light{0.0035, 0.0042, 0.0075}
	oldStars = light{1.00, 0.78, 0.50}
	midStars = light{1.00, 0.86, 0.70}
	newStars = light{0.36, 0.60, 1.06}
	hydrogen = light{1.00, 0.22, 0.38}
	dust     = light{0.75, 1.05, 1.45} // what it takes of each colour
)

// A canvas collects light.
type canvas [height][width]light

// draw draws the galaxy: what shines evenly first, then single stars.
func draw() *image.RGBA {
	c := new(canvas)
	c.eachRow(func(y int) {
		for x := range c[y] {
			c[y][x] = disc(place(float64(x), float64(y)))
		}
	})
	random := rand.New(rand.NewPCG(2016, 8000))
	c.resolve(random)
	c.nurseries(random)
	c.distant(random)
	c.foreground(random)
	c.grain(random)
	return c.expose()
}

// eachRow calls f for each row of the canvas, several at a time.
func (c *canvas) eachRow(f func(y int)) {
	var rows sync.WaitGroup
	for y := range c {
		rows.Go(func() { f(y) })
	}
	rows.Wait()
}

// A spot is a place in the galaxy, seen from above its disc: radius 1 is
// where the disc ends.
type spot struct {
	r, angle float64
	u, v     float64 // as seen from here, along the disc's long axis and across

	// x and y are the place as it would be had the disc not turned. Clouds
	// that are round there are drawn out along the arms here.
	x, y   float64
	wobble float64 // of the arms, an angle
}

// place is the spot that is seen at the pixel x, y.
func place(x, y float64) spot {
	sin, cos := math.Sincos(turn)
	x, y = (x-centerX)/radius, (y-centerY)/radius
	u, v := x*cos+y*sin, -x*sin+y*cos
	s := spot{r: math.Hypot(u, v/flatness), angle: math.Atan2(v/flatness, u), u: u, v: v}
	sin, cos = math.Sincos(s.angle - 0.8*swirl(s.r))
	s.x, s.y = s.r*cos, s.r*sin
	s.wobble = 1.5 * (clouds(s.x*3+7, s.y*3, 4, 1) - 0.5)
	return s
}

// pixel is where a place of the disc is seen.
func pixel(r, angle float64) (x, y float64) {
	sin, cos := math.Sincos(angle)
	u, v := r*cos, r*sin*flatness
	sin, cos = math.Sincos(turn)
	return centerX + radius*(u*cos-v*sin), centerY + radius*(u*sin+v*cos)
}

// swirl is how far the arms have turned at a radius.
func swirl(r float64) float64 { return winding * math.Log(math.Max(r, 0.02)/0.1) }

// arms is how much of an arm is at s: two main ones, two lesser between them.
// A shift above zero looks to their inner side.
func (s spot) arms(shift, sharpness float64) float64 {
	phase := 2*(s.angle-swirl(s.r)) + shift + s.wobble
	main := math.Pow(0.5+0.5*math.Cos(phase), sharpness)
	lesser := math.Pow(0.5+0.5*math.Cos(2*phase+2.2), 2*sharpness)
	return (main + 0.36*lesser) * step(0.05, 0.2, s.r)
}

// disc is the light that comes from a place of the galaxy.
func disc(s spot) light {
	edge := 1 - step(0.75, 1.3, s.r)
	grain := clouds(s.x*9, s.y*9, 6, 2)
	arms := s.arms(0, 2.2)

	l := midStars.times(0.42 * math.Exp(-s.r/0.23) * (0.7 + 0.6*arms))
	l.add(newStars.times(0.66 * edge * math.Exp(-s.r/0.42) * arms * math.Pow(2*grain, 2.2)))
	l.add(oldStars.times(0.05 * edge * math.Exp(-s.r/0.5)))

	// Dust lies on the inner side of the arms and in threads between them.
	threads := 1 - math.Abs(2*clouds(s.x*11+30, s.y*11, 6, 3)-1)
	lanes := s.arms(0.85, 4) * (0.35 + 1.3*clouds(s.x*7+60, s.y*7, 5, 4))
	depth := edge * step(0.03, 0.16, s.r) * (1.9*lanes + 2.1*math.Pow(threads, 7)*math.Exp(-s.r/0.6))
	for i := range l {
		l[i] *= math.Exp(-depth * dust[i])
	}

	// The core stands out of the disc; the dust before it takes less of it.
	core := math.Hypot(s.u, s.v/0.78)
	glow := 1.9*math.Exp(-math.Pow(core/0.030, 0.75)) + 0.34*math.Exp(-math.Pow(core/0.105, 1.25))
	for i := range l {
		l[i] += oldStars[i] * glow * math.Exp(-0.45*depth*dust[i])
	}
	l.add(oldStars.times(0.016 * math.Exp(-core/0.33))) // the halo
	l.add(sky)
	return l
}

// resolve adds single stars of the disc, most of them in its arms.
func (c *canvas) resolve(random *rand.Rand) {
	for range 260_000 {
		r := 0.06 + 1.2*math.Sqrt(random.Float64())
		angle := 2 * math.Pi * random.Float64()
		chance, brightness := random.Float64(), random.ExpFloat64()
		if chance > 1.5*math.Exp(-r/0.45) {
			continue // whatever the arms
		}
		x, y := pixel(r, angle)
		s := place(x, y)
		arms := s.arms(0, 1.6)
		if chance > (0.12+arms)*math.Exp(-r/0.45) {
			continue
		}
		colour := newStars
		if chance < 0.06 {
			colour = oldStars
		}
		c.spread(x, y, 0.6, colour.times(0.05*brightness*brightness))
	}
}

// nurseries adds glowing hydrogen and the young clusters in it, along the arms.
func (c *canvas) nurseries(random *rand.Rand) {
	for range 16000 {
		r := 0.14 + 0.86*random.Float64()
		angle := 2 * math.Pi * random.Float64()
		chance, size, pink := random.Float64(), math.Min(random.ExpFloat64(), 2.4), random.Float64()
		x, y := pixel(r, angle)
		s := place(x, y)
		if chance > 0.42*math.Pow(s.arms(0.1, 3), 2)*math.Exp(-r/0.6) {
			continue
		}
		if pink < 0.55 {
			c.spread(x, y, 1.1+1.0*size, hydrogen.times(0.10+0.05*size))
		}
		c.spread(x, y, 0.8+0.35*size, newStars.times(0.10+0.09*size))
	}
}

// distant adds galaxies far behind this one.
func (c *canvas) distant(random *rand.Rand) {
	for range 70 {
		x, y := width*random.Float64(), height*random.Float64()
		size, angle, flat := 0.9+0.8*random.ExpFloat64(), math.Pi*random.Float64(), 0.25+0.7*random.Float64()
		bright := 0.03 + 0.03*random.ExpFloat64()
		if place(x, y).r < 0.8 {
			continue
		}
		sin, cos := math.Sincos(angle)
		c.around(x, y, 9*size, func(dx, dy float64) light {
			return light{1, 0.78, 0.6}.times(bright * math.Exp(-math.Hypot(dx*cos+dy*sin, (dy*cos-dx*sin)/flat)/size))
		})
	}
}

// foreground adds stars of our own galaxy, the brightest with the cross that
// a telescope gives them.
func (c *canvas) foreground(random *rand.Rand) {
	for range 1500 {
		x, y := width*random.Float64(), height*random.Float64()
		bright := 0.04 * math.Pow(1-random.Float64(), -0.85)
		colour := temperature(random.Float64())
		bright = math.Min(bright, 7)
		if bright > 1.2 && place(x, y).r < 0.62 {
			bright = 0.3 // not before the arms
		}
		star := colour.times(bright)
		reach := 4 + 12*math.Sqrt(bright)
		c.around(x, y, reach, func(dx, dy float64) light {
			d := dx*dx + dy*dy
			return star.times(math.Exp(-d/1.3) + 0.011*math.Pow(1+d/6, -1.35))
		})
		if bright < 2 {
			continue
		}
		long := 5 * math.Sqrt(bright)
		c.around(x, y, 4*long, func(dx, dy float64) light {
			dx, dy = math.Abs(dx), math.Abs(dy)
			ray := math.Exp(-dy*dy/0.5-dx/long) + math.Exp(-dx*dx/0.5-dy/long)
			return star.times(0.05 * ray)
		})
	}
}

// grain adds the noise of a long exposure.
func (c *canvas) grain(random *rand.Rand) {
	for y := range c {
		for x := range c[y] {
			for i := range c[y][x] {
				l := &c[y][x][i]
				*l = math.Max(0, *l+0.014*math.Sqrt(*l)*random.NormFloat64())
			}
		}
	}
}

// temperature is the colour of a star that is cool at 0 and hot at 1.
func temperature(t float64) light {
	cool, hot := light{1, 0.68, 0.40}, light{0.62, 0.76, 1}
	white := light{1, 0.96, 0.9}
	mix := func(a, b light, t float64) light {
		l := a.times(1 - t)
		l.add(b.times(t))
		return l
	}
	if t < 0.4 {
		return mix(cool, white, t/0.4)
	}
	return mix(white, hot, (t-0.4)/0.6)
}

// spread adds a round spot of light with the given standard deviation in pixels.
func (c *canvas) spread(x, y, deviation float64, l light) {
	c.around(x, y, 3.5*deviation+1, func(dx, dy float64) light {
		return l.times(math.Exp(-(dx*dx + dy*dy) / (2 * deviation * deviation)))
	})
}

// around adds light to the pixels within reach of x, y.
func (c *canvas) around(x, y, reach float64, at func(dx, dy float64) light) {
	top, bottom := max(0, int(y-reach)), min(height-1, int(y+reach))
	left, right := max(0, int(x-reach)), min(width-1, int(x+reach))
	for py := top; py <= bottom; py++ {
		for px := left; px <= right; px++ {
			c[py][px].add(at(float64(px)-x, float64(py)-y))
		}
	}
}

// expose makes a picture of the light: faint light is raised, and the bright
// parts keep their colour.
func (c *canvas) expose() *image.RGBA {
	const softening = 20
	picture := image.NewRGBA(image.Rect(0, 0, width, height))
	c.eachRow(func(y int) {
		for x := range c[y] {
			l := c[y][x]
			mean := (l[0] + l[1] + l[2]) / 3
			gain := math.Asinh(softening*mean) / (math.Asinh(softening*1.5) * math.Max(mean, 1e-9))
			var rgb [3]uint8
			for i := range l {
				v := math.Min(1, l[i]*gain)
				rgb[i] = uint8(math.Round(255 * math.Pow(v, 1/1.25)))
			}
			picture.SetRGBA(x, y, color.RGBA{rgb[0], rgb[1], rgb[2], 255})
		}
	})
	return picture
}
